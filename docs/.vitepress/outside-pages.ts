import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');

const decisions = readdirSync(join(root, 'decisions')).filter((name) => name.endsWith('.md'));

/** Pages that lie outside of docs/ and are part of the site: from their files to their places in it. */
const outside: ReadonlyMap<string, string> = new Map([
  ...decisions.map((name): [string, string] => [`decisions/${name}`, `decisions/${name.replace('README', 'index')}`]),
  ['CHANGELOG.md', 'project/changes.md'],
  ['training/README.md', 'project/training.md'],
]);

/** The pages of a folder of the site, as VitePress wants them. */
export function outsidePages(folder: string): object[] {
  return [...outside]
    .filter(([, place]) => place.startsWith(`${folder}/`))
    .map(([file, place]) => ({
      params: { page: posix.basename(place, '.md') },
      content: readFileSync(join(root, file), 'utf8'),
    }));
}

/**
 * A relative link of a page as the site has it; undefined where it leads to what is not in the site, such as a folder
 * of test models.
 *
 * @param page the page's place in the site
 */
export function siteLink(page: string, href: string): string | undefined {
  const [path = '', anchor = ''] = href.split('#');
  const file = sourceOf(page);
  const target = path === '' ? file : posix.join(posix.dirname(file), path);
  const place = placeOf(target.endsWith('/') ? `${target}README.md` : target);
  if (place === undefined) return undefined;
  const relative = posix.relative(posix.dirname(page), place) || posix.basename(place);
  return `${relative.startsWith('.') ? relative : `./${relative}`}${anchor && `#${anchor}`}`;
}

function sourceOf(page: string): string {
  const known = [...outside].find(([, place]) => place === page);
  return known ? known[0] : `docs/${page.replace(/(^|\/)index\.md$/, '$1README.md')}`;
}

function placeOf(file: string): string | undefined {
  if (file === 'README.md') return 'index.md';
  if (outside.has(file)) return outside.get(file);
  if (!file.startsWith('docs/') || !file.endsWith('.md')) return undefined;
  return file.slice('docs/'.length).replace(/(^|\/)README\.md$/, '$1index.md');
}
