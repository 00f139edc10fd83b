import { parquetMetadataAsync, parquetRead, parquetSchema, type AsyncBuffer, type FileMetaData } from 'hyparquet';
import { InputError } from '../../errors.ts';
import { isReordered, keepOrder } from '../column-order.ts';
import type { Position, RecordBatch } from '../record-batch.ts';

/** A run of values of one column, by the rows that they are of. */
interface Run {
  readonly start: number;
  readonly end: number;
  readonly values: ArrayLike<unknown>;
}

/**
 * Reads rows of a Parquet file as objects, one row group in memory at a time, by column. Whole numbers that a double holds
 * become numbers, dates ISO 8601.
 * Source: Apache Parquet.
 *
 * @throws {InputError} for a file that is damaged, or packed in a way that is not known
 */
export async function* readParquet(
  blob: Blob,
  { name, batchSize, from, signal }: { name: string; batchSize: number; from: Position; signal: AbortSignal },
): AsyncGenerator<RecordBatch> {
  const file: AsyncBuffer = {
    byteLength: blob.size,
    slice: (begin, end) => blob.slice(begin, end).arrayBuffer(),
  };
  const attempt = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (cause) {
      const reason = (cause as Error).message.replace(/\.$/, '');
      throw new InputError(
        'input',
        `Cannot read ${JSON.stringify(name)} as Parquet: ${reason}. Write or fetch it again.`,
        {
          cause,
        },
      );
    }
  };
  const metadata = await attempt(() => parquetMetadataAsync(file));
  const total = Number(metadata.num_rows);
  const names = parquetSchema(metadata).children.map(({ element }) => element.name);
  const isOther = isReordered(names);
  const compressors = needsMore(metadata) ? (await import('hyparquet-compressors')).compressors : undefined;
  let records: unknown[] = [];
  let done = from.records;
  const batch = (): RecordBatch => {
    const full = { records, end: { records: done, bytes: Math.round((blob.size * done) / total) } };
    records = [];
    return full;
  };
  let groupStart = 0;
  for (const { num_rows } of metadata.row_groups) {
    const rowStart = groupStart;
    const rowEnd = rowStart + Number(num_rows);
    groupStart = rowEnd;
    if (done >= rowEnd) continue;
    signal.throwIfAborted();
    const columns = new Map<string, Run[]>();
    await attempt(() =>
      parquetRead({
        file,
        metadata,
        rowStart,
        rowEnd,
        compressors,
        onChunk: ({ columnName, columnData, rowStart: first, rowEnd: last }) => {
          const runs = columns.get(columnName) ?? [];
          columns.set(columnName, runs);
          runs.push({ start: first, end: last, values: columnData });
        },
      }),
    );
    // In the order of the file, whichever was there first.
    const cursors = names
      .filter((column) => columns.has(column))
      .map((column) => ({
        column,
        runs: columns.get(column)!.toSorted((a, b) => a.start - b.start),
        at: 0,
      }));
    for (; done < rowEnd;) {
      const row: Record<string, unknown> = {};
      for (const cursor of cursors) {
        while (cursor.runs[cursor.at]!.end <= done) cursor.at++;
        const run = cursor.runs[cursor.at]!;
        row[cursor.column] = plain(run.values[done - run.start]);
      }
      if (isOther) keepOrder(row, names);
      records.push(row);
      done++;
      if (records.length === batchSize) yield batch();
    }
  }
  if (records.length > 0) yield batch();
}

/** Whether a codec is used that is fetched only then. */
function needsMore({ row_groups }: FileMetaData): boolean {
  return row_groups.some(({ columns }) =>
    columns.some(({ meta_data }) => !['SNAPPY', 'UNCOMPRESSED', undefined].includes(meta_data?.codec)),
  );
}

function plain(value: unknown): unknown {
  if (typeof value === 'bigint') {
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : value;
  }
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return value.map(plain);
  if (ArrayBuffer.isView(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]));
}
