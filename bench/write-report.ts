import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { recipes } from './models/recipes.ts';
import { plotsOf } from './report/plots.ts';
import type { Results } from './report/results.ts';
import { toMarkdown } from './report/to-markdown.ts';
import { scenarios } from './scenarios/index.ts';

/** Writes `docs/benchmarks.md` and its plots, in the place of those that were there. */
export async function writeReport(results: Results, repository: string): Promise<void> {
  const plots = plotsOf(results, scenarios);
  const folder = join(repository, 'docs/benchmarks');
  await mkdir(folder, { recursive: true });
  for (const file of await readdir(folder)) if (file.endsWith('.svg')) await rm(join(folder, file));
  for (const { file, svg } of plots) await writeFile(join(folder, file), svg);
  const page = toMarkdown(results, scenarios, plots, (name) => recipes[name]?.about ?? name);
  await writeFile(join(repository, 'docs/benchmarks.md'), page);
}
