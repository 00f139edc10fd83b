import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root: string = fileURLToPath(new URL('../../', import.meta.url));

/** A page of Markdown. */
export interface Page {
  /** Relative to the repository, with forward slashes. */
  readonly path: string;
  readonly text: string;
  readonly blocks: readonly Block[];
}

/** A block of code between fences. */
export interface Block {
  readonly language: string;
  /** What stands behind the language: the name of the file that the block is. */
  readonly info: string;
  readonly code: string;
  /** Of its first line in the page, from 1. */
  readonly line: number;
}

/** Every page of a folder, or the one file. What is installed or generated below it is nobody's page. */
export function readPages(...paths: readonly string[]): Page[] {
  return paths.flatMap((path) => {
    if (path.endsWith('.md')) return [readPage(path)];
    const found = readdirSync(join(root, path), { recursive: true, encoding: 'utf8' });
    return found
      .filter((name) => name.endsWith('.md') && !/^(node_modules|\.vitepress|api)[\\/]/.test(name))
      .toSorted()
      .map((name) => readPage(`${path}/${name.replaceAll('\\', '/')}`));
  });
}

function readPage(path: string): Page {
  const text = readFileSync(join(root, path), 'utf8');
  const blocks = [...text.matchAll(/^```(\w+)[^\S\n]*([^\n]*)\n([\s\S]*?)^```$/gm)].map(
    ([, language, info, code], index, all): Block => ({
      language: language!,
      info: info!,
      code: code!,
      line: text.slice(0, all[index]!.index).split('\n').length + 1,
    }),
  );
  return { path, text, blocks };
}

/** Where the links of a page lead that do not lead out: the file, and the heading in it. */
export function linksOf({ path, text }: Page): { link: string; file: string; heading: string }[] {
  const prose = text.replace(/^```[\s\S]*?^```$/gm, '').replace(/`[^`\n]*`/g, '');
  return [...prose.matchAll(/\]\(([^)\s]+)\)|^\[[^\]]+\]: (\S+)$/gm)]
    .map(([, inline, defined]) => (inline ?? defined)!)
    .filter((link) => !/^[a-z]+:/.test(link))
    .map((link) => {
      const [file = '', heading = ''] = link.split('#');
      const target = file === '' ? path : relative(root, resolve(root, dirname(path), decodeURI(file)));
      return { link, file: target, heading };
    });
}

/** The headings of a page, as GitHub names them in addresses. */
export function headingsOf(text: string): string[] {
  const prose = text.replace(/^```[\s\S]*?^```$/gm, '');
  return [...prose.matchAll(/^#{1,6} (.+)$/gm)].map(([, heading]) =>
    heading!
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replace(/\s/g, '-'),
  );
}
