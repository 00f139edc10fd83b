import type { ResolvedOptions } from '../options.ts';
import type { ResultWriter } from './result-writer.ts';
import { writeCsv } from './write-csv.ts';
import { writeJsonLines } from './write-json-lines.ts';
import type { ParquetState } from './write-parquet.ts';

/** The writer of a format; what few need is fetched only then. @param state that of a writer that it goes on for */
export async function openWriter(
  { outputFormat, onError }: Pick<ResolvedOptions, 'outputFormat' | 'onError'>,
  state?: unknown,
): Promise<ResultWriter> {
  const withErrors = onError === 'record';
  if (outputFormat === 'csv') return writeCsv(withErrors, state as readonly string[] | undefined);
  if (outputFormat === 'jsonl') return writeJsonLines();
  const { writeParquet } = await import('./write-parquet.ts');
  return writeParquet(withErrors, state as ParquetState | undefined);
}

/** The media type and the ending of a format's files. */
export const fileKinds: Readonly<Record<ResolvedOptions['outputFormat'], { type: string; ending: string }>> = {
  jsonl: { type: 'application/jsonl', ending: '.jsonl' },
  csv: { type: 'text/csv', ending: '.csv' },
  parquet: { type: 'application/vnd.apache.parquet', ending: '.parquet' },
};
