/**
 * Values that are put down by what they have in common: of records that are alike each field is a column, a field that is
 * the same in all of them is there once, and short typed arrays lie behind one another. It crosses to another thread in a
 * tenth of the time that the values take one by one.
 */
export type Column =
  /** Each as it is. */
  | { readonly each: readonly unknown[] }
  /** So many times the same text, number or the like. */
  | { readonly same: unknown; readonly count: number }
  /** Plain objects with the same names in the same order. */
  | { readonly names: readonly string[]; readonly fields: readonly Column[]; readonly count: number }
  /** Lists of one length. */
  | { readonly items: readonly Column[]; readonly count: number }
  /** Typed arrays of one length. */
  | { readonly joined: TypedArray; readonly length: number };

/** How a message's values cross: by columns where several cross that are copied. */
export function columnOf(values: readonly unknown[], transfer: readonly Transferable[]): Column {
  return values.length < fewest || transfer.length > 0 ? { each: values } : packColumn(values);
}

/** Values from which on it is worth it. */
const fewest = 4;

/** Puts values down by columns. What is not alike, or lies deep, is left as it is. */
export function packColumn(values: readonly unknown[], depth = 6): Column {
  const [first] = values;
  const count = values.length;
  if (typeof first !== 'object' || first === null || depth === 0) {
    return isSame(values) && typeof first !== 'symbol' ? { same: first, count } : { each: values };
  }
  if (Array.isArray(first)) {
    const { length } = first;
    if (length > mostItems || !values.every((value) => isPlainList(value, length))) return { each: values };
    const items: Column[] = [];
    for (let place = 0; place < length; place++) {
      items.push(
        packColumn(
          values.map((value) => (value as unknown[])[place]),
          depth - 1,
        ),
      );
    }
    return { items, count };
  }
  if (ArrayBuffer.isView(first)) return joined(values, first) ?? { each: values };
  const names = plainNames(first);
  if (!names || !values.every((value) => hasNames(value, names))) return { each: values };
  const fields = names.map((name) =>
    packColumn(
      values.map((value) => (value as Record<string, unknown>)[name]),
      depth - 1,
    ),
  );
  return { names, fields, count };
}

/**
 * The values of a column.
 *
 * @param areOwn whether none may share a buffer with another: to whoever gives such a buffer away
 */
export function unpackColumn(column: Column, areOwn: boolean): readonly unknown[] {
  if ('each' in column) return column.each;
  if ('same' in column) return Array.from({ length: column.count }, () => column.same);
  if ('joined' in column) {
    const { joined: all, length } = column;
    const parts: unknown[] = [];
    for (let start = 0; start < all.length; start += length) {
      parts.push(areOwn ? all.slice(start, start + length) : all.subarray(start, start + length));
    }
    return parts;
  }
  const { count } = column;
  if ('items' in column) {
    const lists: unknown[][] = Array.from({ length: count }, () => []);
    for (const item of column.items) {
      const values = unpackColumn(item, areOwn);
      for (let place = 0; place < count; place++) lists[place]!.push(values[place]);
    }
    return lists;
  }
  const records: Record<string, unknown>[] = Array.from({ length: count }, () => ({}));
  for (const [at, name] of column.names.entries()) {
    const values = unpackColumn(column.fields[at]!, areOwn);
    for (let place = 0; place < count; place++) records[place]![name] = values[place];
  }
  return records;
}

type TypedArray = Float32Array | Float64Array | Uint8Array | Int32Array | BigInt64Array;

/** Longer lists are seldom of anything but numbers. */
const mostItems = 16;

/** Bytes of an array that is copied once more, to lie beside others. */
const mostBytes = 4096;

/** Without holes, and nothing but its items: what an expression matched has more. */
function isPlainList(value: unknown, length: number): boolean {
  return Array.isArray(value) && value.length === length && Object.keys(value).length === length;
}

function isSame(values: readonly unknown[]): boolean {
  const [first] = values;
  for (const value of values) if (!Object.is(value, first)) return false;
  return true;
}

function joined(values: readonly unknown[], first: ArrayBufferView): Column | undefined {
  const { byteLength, constructor } = first;
  if (!('slice' in first) || byteLength === 0 || byteLength > mostBytes) return undefined;
  const { length } = first as TypedArray;
  const all = new (constructor as new (length: number) => TypedArray)(length * values.length);
  let at = 0;
  for (const value of values) {
    const isAlike =
      ArrayBuffer.isView(value) && value.constructor === constructor && (value as TypedArray).length === length;
    if (!isAlike) return undefined;
    all.set(value as never, at);
    at += length;
  }
  return { joined: all, length };
}

/** The names of what is nothing but a record. */
function plainNames(value: object): string[] | undefined {
  if (Object.getPrototypeOf(value) !== Object.prototype) return undefined;
  const names = Object.keys(value);
  return names.length === 0 || names.length > mostNames || names.includes('__proto__') ? undefined : names;
}

const mostNames = 64;

function hasNames(value: unknown, names: readonly string[]): boolean {
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) return false;
  let at = 0;
  for (const name in value) if (name !== names[at++]) return false;
  return at === names.length;
}
