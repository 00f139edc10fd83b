import { readFile } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { ArtifactError } from '../errors.ts';
import cases from '../../test/fixtures/archives/cases.json';
import { unpackArtifact } from './index.ts';

type Expectation =
  | { kind: 'accepted'; files: { path: string; size: number; sha256: string }[] }
  | { kind: 'refused'; code: string; says: string };

const folder = new URL('../../test/fixtures/archives/', import.meta.url);

for (const { file, tool, what, expect: expected } of cases as {
  file: string;
  tool: string;
  what: string;
  expect: Expectation;
}[]) {
  test(`unpackArtifact() ${expected.kind === 'accepted' ? 'reads' : `says ${expected.code} of`} ${file} (${tool}): ${what}`, async () => {
    const source = new File([await readFile(new URL(file, folder))], file);
    const result = await unpackArtifact(source).catch((error: unknown) => error);
    if (expected.kind === 'accepted') {
      if (result instanceof Error) throw result;
      const { files } = result as Awaited<ReturnType<typeof unpackArtifact>>;
      const seen = files.map(async ({ path, size, blob }) => {
        const bytes = new Uint8Array(await blob.arrayBuffer());
        return { path, size, sha256: createHash('sha256').update(bytes).digest('hex') };
      });
      expect(await Promise.all(seen)).toEqual(expected.files);
    } else {
      expect(result).toBeInstanceOf(ArtifactError);
      expect({ code: (result as ArtifactError).code, message: (result as ArtifactError).message }).toMatchObject({
        code: expected.code,
        message: expect.stringContaining(expected.says) as string,
      });
    }
  });
}
