import type { Artifact } from '../artifact/index.ts';
import type { ArchiveReader } from './archive-reader.ts';
import type { Card } from './base.ts';
import type { Json } from './read-json.ts';

/**
 * Collects what an archive says of itself, for people. What cannot be read of it is left out: a model need not stay
 * away for a broken README.
 */
export async function readCard(
  { files }: Pick<Artifact, 'files'>,
  archive: ArchiveReader,
  given: Json | object,
): Promise<Card> {
  const text = async (name: RegExp): Promise<string | undefined> =>
    files
      .find(({ path }) => name.test(path))
      ?.blob.slice(0, maxTextBytes)
      .text();
  const readme = await text(/^readme(\.md)?$/i);
  const requirements = await text(/^(code\/)?requirements\.txt$/i);
  const said = (field: string): string | undefined => {
    const value = (given as Json)[field];
    return typeof value === 'string' ? value : undefined;
  };
  return {
    name: said('name'),
    description: said('description'),
    author: said('author'),
    version: said('version'),
    date: said('date'),
    license: said('license') ?? licenseOf(readme),
    readme: readme?.replace(frontMatter, ''),
    config: archive.config,
    metrics: await archive.json('metrics.json').catch(() => undefined),
    requirements: requirements
      ?.split('\n')
      .map((line) => line.replace(/(^|\s)#.*$/, '').trim())
      .filter((line) => line !== ''),
  };
}

/** More of a text is left out. */
const maxTextBytes = 256 * 1024;

/** YAML between two lines of dashes, as model cards of Hugging Face begin. */
const frontMatter = /^\uFEFF?---\r?\n[\s\S]*?\r?\n---[^\S\n]*(\r?\n|$)/;

function licenseOf(readme: string | undefined): string | undefined {
  const [yaml] = readme?.match(frontMatter) ?? [];
  return yaml?.match(/^license:[^\S\n]*["']?([\w.+-]+)/m)?.[1];
}
