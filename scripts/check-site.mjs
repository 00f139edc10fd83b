import { readdir, readFile, stat } from 'node:fs/promises';
import { dirname, join, posix } from 'node:path';

/**
 * Follows every link of a built site: the file has to be there, and the place in it. Links that lead out are not
 * followed, and nothing may be fetched from elsewhere.
 *
 * @param base what the site's own addresses begin with
 */
export async function checkSite(folder, base = '/') {
  const names = (await readdir(folder, { recursive: true })).map((name) => name.replaceAll('\\', '/'));
  const sizes = await Promise.all(names.map(async (name) => stat(join(folder, name))));
  const files = new Set(names.filter((_, index) => sizes[index].isFile()));
  const pages = new Map();
  for (const name of files) {
    if (name.endsWith('.html')) pages.set(name, await readFile(join(folder, name), 'utf8'));
  }
  const places = new Map([...pages].map(([name, html]) => [name, idsOf(html)]));
  const problems = [];
  let links = 0;
  for (const [page, html] of pages) {
    for (const address of addressesOf(html)) {
      links++;
      const problem = problemOf(page, address);
      if (problem) problems.push(`${page}: ${address}: ${problem}`);
    }
    for (const address of fetchedOf(html)) {
      if (/^([a-z]+:)?\/\//i.test(address)) problems.push(`${page}: ${address}: it is fetched from elsewhere`);
    }
  }
  const bytes = sizes.reduce((sum, one) => sum + (one.isFile() ? one.size : 0), 0);
  return { pages: pages.size, links, bytes, problems };

  function problemOf(page, address) {
    if (/^([a-z][a-z+.-]*:|\/\/)/i.test(address)) return undefined;
    const [path, anchor = ''] = address.split('#');
    const file = path === '' ? page : fileOf(page, decodeURI(path));
    if (file === undefined) return 'no such file';
    if (anchor === '' || !places.has(file)) return undefined;
    return places.get(file).has(decodeURIComponent(anchor)) ? undefined : `no such place in ${file}`;
  }

  function fileOf(page, path) {
    const plain = path.split('?')[0];
    if (plain.startsWith('/') && !plain.startsWith(base)) return undefined;
    const target = plain.startsWith('/') ? plain.slice(base.length) : posix.join(dirname(page), plain);
    const name = target.replace(/^\.?\/?/, '');
    return [name, posix.join(name, 'index.html')].find((one) => files.has(one));
  }
}

function idsOf(html) {
  return new Set([...html.matchAll(/\s(?:id|name)="([^"]+)"/g)].map(([, id]) => unescaped(id)));
}

/** Where links lead, and what pages are made of. */
function addressesOf(html) {
  return [...html.matchAll(/\s(?:href|src)="([^"]*)"/g)].map(([, address]) => unescaped(address)).filter(Boolean);
}

function fetchedOf(html) {
  const tags = html.match(/<(?:script|link|img|iframe|source)\b[^>]*>/g) ?? [];
  return tags.flatMap(addressesOf);
}

function unescaped(text) {
  return text.replaceAll('&quot;', '"').replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
}
