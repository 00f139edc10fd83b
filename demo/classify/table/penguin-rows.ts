/** A column of the penguins' table: its values, or what is usual and in what unit. */
export type Column =
  | { readonly name: 'island' | 'sex'; readonly kind: 'category'; readonly values: readonly string[] }
  | {
      readonly name: 'bill_length_mm' | 'bill_depth_mm' | 'flipper_length_mm' | 'body_mass_g';
      readonly kind: 'number';
      readonly from: number;
      readonly to: number;
      readonly unit: 'mm' | 'g';
    };

/** A row; what is not known is not in it. */
export type Row = Readonly<Record<string, string | number>>;

/** As the archive's `inference.json` names them. */
export const columns: readonly Column[] = [
  { name: 'island', kind: 'category', values: ['Biscoe', 'Dream', 'Torgersen'] },
  { name: 'sex', kind: 'category', values: ['female', 'male'] },
  { name: 'bill_length_mm', kind: 'number', from: 32, to: 60, unit: 'mm' },
  { name: 'bill_depth_mm', kind: 'number', from: 13, to: 22, unit: 'mm' },
  { name: 'flipper_length_mm', kind: 'number', from: 172, to: 231, unit: 'mm' },
  { name: 'body_mass_g', kind: 'number', from: 2700, to: 6300, unit: 'g' },
];

/** Made up, each typical of its species; the last has gaps. */
export const exampleRows: readonly { readonly name: string; readonly row: Row }[] = [
  {
    name: 'Adelie',
    row: {
      island: 'Torgersen',
      sex: 'female',
      bill_length_mm: 37.5,
      bill_depth_mm: 18.0,
      flipper_length_mm: 188,
      body_mass_g: 3400,
    },
  },
  {
    name: 'Chinstrap',
    row: {
      island: 'Dream',
      sex: 'male',
      bill_length_mm: 51.0,
      bill_depth_mm: 19.2,
      flipper_length_mm: 200,
      body_mass_g: 3900,
    },
  },
  {
    name: 'Gentoo',
    row: {
      island: 'Biscoe',
      sex: 'male',
      bill_length_mm: 49.5,
      bill_depth_mm: 15.7,
      flipper_length_mm: 222,
      body_mass_g: 5500,
    },
  },
  { name: 'gaps', row: { island: 'Biscoe', flipper_length_mm: 215 } },
];
