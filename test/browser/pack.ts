import { packTar, type TarEntry } from 'modern-tar';

/** Packs files into a `model.tar.gz` in the page. */
export async function pack(
  files: Record<string, string | Uint8Array | object>,
  name: string = 'model.tar.gz',
): Promise<File> {
  const entries: TarEntry[] = Object.entries(files).map(([path, content]) => {
    const body = typeof content === 'string' || content instanceof Uint8Array ? content : JSON.stringify(content);
    const size = typeof body === 'string' ? new TextEncoder().encode(body).length : body.length;
    return { header: { name: path, size, type: 'file' }, body };
  });
  const tar = new Blob([await packTar(entries)]);
  const gzip = await new Response(tar.stream().pipeThrough(new CompressionStream('gzip'))).blob();
  return new File([gzip], name);
}

/** A file of `test/fixtures`. */
export async function fixture(path: string): Promise<Uint8Array> {
  const response = await fetch(`/fixtures/${path}`);
  if (!response.ok) throw new Error(`No fixture ${path}`);
  return new Uint8Array(await response.arrayBuffer());
}
