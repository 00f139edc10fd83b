import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root, type Page } from './pages.ts';

/** What a page that reads along has of its own. */
const ofThePage = `
declare const source: import('inpoint').ModelSource;
declare const options: import('inpoint').DeployOptions;
declare const canvas: HTMLCanvasElement;
declare const fileInput: HTMLInputElement & { readonly files: FileList };
declare const file: File;
declare const photo: Blob;
declare const recording: Blob;
declare const audioBuffer: AudioBuffer;
declare const pixels: Float32Array;
declare const samples: Float32Array;
declare const trustedTypes: {
  createPolicy(name: string, rules: { createScriptURL(address: string): string }): {
    createScriptURL(address: string): import('inpoint').TrustedScriptURL;
  };
};
/** As React has them. */
declare function useState<T>(): [T | undefined, (value: T) => void];
declare function useEffect(effect: () => () => void, dependencies: readonly unknown[]): void;
`;

/**
 * Type-checks the TypeScript of pages against the types that the package is built with, as strictly as TypeScript's
 * own template does. Blocks of one page see what those before them declare.
 *
 * @returns what is wrong, once a line, as `docs/guide.md:12: …`
 */
export function typeErrors(pages: readonly Page[]): string[] {
  const cache = join(root, 'node_modules/.cache');
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(cache, 'docs-'));
  const files = new Map<string, Source>();
  for (const page of pages) {
    for (const source of sourcesOf(page)) files.set(`${files.size}-${source.name}`, source);
  }
  try {
    for (const [name, { lines }] of files) writeFileSync(join(folder, name), lines.map(({ text }) => text).join('\n'));
    writeFileSync(join(folder, 'page.d.ts'), ofThePage);
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(settings()));
    return compile(folder).map((complaint) => located(complaint, files));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function settings(): object {
  return {
    compilerOptions: {
      target: 'ES2022',
      module: 'ESNext',
      moduleResolution: 'bundler',
      lib: ['ES2023', 'ESNext.Disposable', 'DOM', 'DOM.Iterable'],
      types: [],
      strict: true,
      noEmit: true,
      skipLibCheck: true,
      paths: {
        inpoint: [join(root, 'dist/index.d.ts')],
        'inpoint/worker': [join(root, 'dist/worker.d.ts')],
        'inpoint/service-worker': [join(root, 'dist/service-worker.d.ts')],
      },
    },
    include: ['*.ts'],
  };
}

interface Source {
  readonly name: string;
  /** Each with where it is in the page. */
  readonly lines: readonly { readonly text: string; readonly at: string }[];
}

/** A page's blocks nested in one another, so that each may declare anew what one before it did; named files apart. */
function sourcesOf({ path, blocks }: Page): Source[] {
  const name = path.replaceAll('/', '-').replace(/\.md$/, '');
  const imports: Source['lines'][number][] = [];
  const body: Source['lines'][number][] = [];
  const sources: Source[] = [];
  let depth = 0;
  for (const { language, code, line } of blocks) {
    if (language !== 'ts') continue;
    const lines = code.split('\n').map((text, index) => ({ text, at: `${path}:${line + index}` }));
    const isFile = /^\/\/ [\w.-]+\.ts\n/.test(code);
    if (isFile) sources.push({ name: `${name}-${line}.ts`, lines });
    else {
      for (const one of lines) (one.text.startsWith('import ') ? imports : body).push(one);
      body.push({ text: '{', at: '' });
      depth++;
    }
  }
  const merged = mergeImports(imports);
  const end = { text: `${'}'.repeat(depth)}\nexport {};`, at: '' };
  return depth === 0 ? sources : [...sources, { name: `${name}.ts`, lines: [...merged, ...body, end] }];
}

/** One import may not declare what another has. */
function mergeImports(lines: Source['lines']): Source['lines'] {
  const names = new Map<string, { names: Set<string>; at: string }>();
  for (const { text, at } of lines) {
    const [, list = '', from = ''] = text.match(/^import \{ (.+) \} from '(.+)';$/) ?? [];
    const known = names.get(from) ?? { names: new Set(), at };
    for (const one of list.split(', ')) known.names.add(one);
    names.set(from, known);
  }
  return [...names].map(([from, { names: all, at }]) => ({
    text: `import { ${[...all].join(', ')} } from '${from}';`,
    at,
  }));
}

interface Complaint {
  readonly file: string;
  readonly line: number;
  readonly message: string;
}

function compile(folder: string): Complaint[] {
  try {
    execFileSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', folder, '--pretty', 'false'], {
      encoding: 'utf8',
    });
    return [];
  } catch (error) {
    const { stdout } = error as { stdout?: string };
    const found = [...(stdout ?? '').matchAll(/^(?:.*\/)?([^/\n]+)\((\d+),\d+\): error (.+)$/gm)];
    if (found.length === 0) throw error;
    return found.map(([, file, line, message]) => ({ file: file!, line: Number(line), message: message! }));
  }
}

function located({ file, line, message }: Complaint, files: ReadonlyMap<string, Source>): string {
  return `${files.get(file)?.lines[line - 1]?.at ?? file}: ${message}`;
}
