import { existsSync } from 'node:fs';
import { mkdir, readdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import { filesOf, taskFixtures, taskFolder } from '../task-fixtures.ts';

const repository = fileURLToPath(new URL('../../', import.meta.url));

/** Builds the pages as a user's bundler would, into a folder that also leads to all that they ask for. */
export async function buildPages(folder: string): Promise<void> {
  const sources = new URL('pages/', import.meta.url);
  const names = (await readdir(sources)).map((file) => file.replace(/\.ts$/, ''));
  await build({
    configFile: false,
    logLevel: 'warn',
    root: fileURLToPath(sources),
    resolve: { alias: [{ find: /^inpoint$/, replacement: join(repository, 'dist/index.js') }] },
    build: {
      outDir: join(folder, 'built'),
      emptyOutDir: true,
      // Older engines have no `await using`.
      target: 'es2023',
      minify: false,
      rolldownOptions: {
        input: {
          prelude: fileURLToPath(new URL('prelude.ts', import.meta.url)),
          ...Object.fromEntries(names.map((name) => [name, fileURLToPath(new URL(`${name}.ts`, sources))])),
        },
        output: { entryFileNames: '[name].js' },
      },
    },
    base: '/built/',
  });
  for (const name of names) {
    await mkdir(join(folder, name));
    const scripts = ['prelude', name]
      .map((script) => `<script type="module" src="/built/${script}.js"></script>`)
      .join('');
    await writeFile(
      join(folder, name, 'index.html'),
      `<!doctype html><title>${name}</title><link rel="icon" href="data:,"><body>${scripts}`,
    );
  }
  const listed = taskFixtures.map((name) => [name, filesOf(join(taskFolder, name))]);
  await writeFile(join(folder, 'task-fixtures.json'), JSON.stringify(Object.fromEntries(listed)));
  const models = await readdir(join(repository, 'public/models'));
  await writeFile(join(folder, 'demo-models.json'), JSON.stringify(models));
  const links = { fixtures: 'test/fixtures', models: 'public/models', dist: 'dist', shared: '../shared' };
  for (const [name, target] of Object.entries(links)) {
    if (existsSync(join(repository, target))) await symlink(join(repository, target), join(folder, name));
  }
}
