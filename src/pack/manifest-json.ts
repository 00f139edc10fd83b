import type { Manifest } from '../manifest/index.ts';

/** What the archive says of itself for people. */
export type CardFields = Readonly<
  Partial<Record<'name' | 'description' | 'author' | 'version' | 'date' | 'license', string>>
>;

/**
 * `inference.json` in full: all that was inferred is written out, so that a later version of a reader, which may infer
 * otherwise, serves the model in the same way.
 *
 * @param stated the folder's own `inference.json`, where it has one
 * @param card goes before what the folder says
 */
export function manifestJson(
  manifest: Manifest,
  stated: Readonly<Record<string, unknown>>,
  card: CardFields,
): Record<string, unknown> {
  const { card: known, task, golden, ...fields } = manifest as Manifest & Record<string, unknown>;
  const { model, externalData, feeds, results, ...own } = fields;
  const { name, description, author, version, date, license } = { ...known, ...card };
  const json = {
    $schema: stated['$schema'],
    format: 1,
    task,
    name,
    description,
    author,
    version,
    date,
    license,
    model: modelField(stated['model'], model, externalData),
    feeds: nonEmpty(feeds),
    results: nonEmpty(results),
    ...own,
    golden,
  };
  return Object.fromEntries(Object.entries(json).filter(([, value]) => value !== undefined));
}

/** Variants stay as they were stated; a model with weights beside it names them. */
function modelField(stated: unknown, model: unknown, externalData: unknown): unknown {
  if (Array.isArray(stated)) return stated;
  return Array.isArray(externalData) && externalData.length > 0 ? [{ file: model, externalData }] : model;
}

function nonEmpty(value: unknown): unknown {
  return typeof value === 'object' && value !== null && Object.keys(value).length > 0 ? value : undefined;
}
