/** As the package names its files, and as bundlers do that keep names: with a hash behind. */
const ownFile =
  /\/(?:engine-worker|webgpu-worker|archive-worker|device-worker|inpoint-generation|ort-wasm-simd-threaded)(?:[-._][\w.-]*)?\.(?:m?js|wasm)$/;

/** The package itself, served as it is. */
const ownFolder = /\/inpoint\/dist\/[\w.-]+\.(?:m?js|wasm)$/;

/** The name, the hash, the extension. A hash has a digit or a capital, which the words `-worker` and `.asyncify` have not. */
const hashed =
  /^(.*\/(?:engine-worker|webgpu-worker|archive-worker|device-worker|inpoint-generation|ort-wasm-simd-threaded(?:\.(?:jspi|asyncify))?)[-._])(?=[\w-]*[\dA-Z])[\w-]{8,}(\.(?:m?js|wasm))$/;

const archive = /\.(?:tar|tar\.gz|tgz)$/;

/** Whether an address is of one of Inpoint's own files, by its name. */
export function isInpointFile({ pathname }: URL): boolean {
  return ownFile.test(pathname) || ownFolder.test(pathname);
}

/** Whether an address is of a model archive, which Inpoint's own store keeps. */
export function isArchive({ pathname }: URL): boolean {
  return archive.test(pathname);
}

/** An address of one of Inpoint's own files without the hash of its content, alike for all versions; undefined where it has none. */
export function withoutHash(address: string): string | undefined {
  const { origin, pathname } = new URL(address);
  const [, name, extension] = hashed.exec(pathname) ?? [];
  return name && `${origin}${name}${extension}`;
}

const workersFile = /["'`]([^"'`\s]*\b(?:ort-wasm-simd-threaded|inpoint-generation)[\w.-]*\.(?:m?js|wasm))["'`]/g;

/** Of the two builds for WebGPU the one that this browser has no use for. */
const unusedBuild = 'Suspending' in WebAssembly ? '.asyncify' : '.jspi';

/**
 * The addresses of the files that a worker's script names, ONNX Runtime's and what writes texts: nobody but the worker
 * knows that it fetches them.
 * A bare name is one that `assets` finds its folder for, and says nothing.
 */
export function filesOfWorker(script: string, address: string): string[] {
  return [...script.matchAll(workersFile)]
    .map(([, name = '']) => ({ name, file: new URL(name, address).href }))
    .filter(({ name, file }) => name.startsWith('./') || withoutHash(file) !== undefined)
    .filter(({ name }) => !name.includes(unusedBuild))
    .map(({ file }) => file);
}
