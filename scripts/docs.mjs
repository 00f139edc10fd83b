// npm run docs: installs what is missing, writes the API reference, builds the site into dist-docs/, and follows every
// link of it. To read it: npm run docs -- --serve, which takes --port 8080 too.

import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { checkSite } from './check-site.mjs';
import { install, root, run } from './steps.mjs';

const cwd = join(root, 'docs');
const site = join(root, 'dist-docs');
const base = process.env.INPOINT_DOCS_BASE;

await install();
await install('docs');
await run('node', ['api.mjs'], { cwd });
// Files of pages that are no more would stay.
await rm(site, { recursive: true, force: true });
await run('vitepress', ['build', '.'], { cwd });
await check();
if (process.argv[2] === '--serve') await serve();

async function check() {
  const { pages, links, bytes, problems } = await checkSite(site, base);
  // One link of the side bar is one of every page.
  const shown = new Map(problems.map((problem) => [problem.replace(/^[^:]+: /, ''), problem]));
  for (const problem of shown.values()) console.error(`✗ ${problem}`);
  if (problems.length > 0) throw new Error(`${problems.length} of ${links} links of the site lead nowhere.`);
  const sections = await searchableSections();
  if (sections < pages) throw new Error(`The search knows ${sections} sections of ${pages} pages.`);
  const size = `${(bytes / 1e6).toFixed(1)} MB`;
  console.log(
    `✓ ${pages} pages, ${links} links that lead somewhere, ${sections} sections to search: dist-docs/, ${size}`,
  );
}

/** How much VitePress wrote into its index; it says nothing of what it could not read. */
async function searchableSections() {
  const chunks = join(site, 'assets/chunks');
  const name = (await readdir(chunks)).find((one) => one.startsWith('@localSearchIndex'));
  const [, count] = (await readFile(join(chunks, name), 'utf8')).match(/"documentCount":(\d+)/);
  return Number(count);
}

/** On this machine alone. */
async function serve() {
  const { preview } = await import('vite');
  const port = process.argv[3] === '--port' ? Number(process.argv[4]) : 4174;
  const server = await preview({
    configFile: false,
    appType: 'mpa',
    base,
    build: { outDir: site },
    preview: { host: '127.0.0.1', port },
  });
  server.printUrls();
}
