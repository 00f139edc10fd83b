import type { Artifact, ArtifactFile } from 'inpoint';
import { byteSize } from '../byte-size.ts';
import { element } from '../element.ts';

/** What is in an archive, folder by folder. Folders open and close as `<details>` do, by keyboard too. */
export function fileTree({ name, files, downloadedBytes }: Artifact): HTMLElement {
  const root: Folder = { folders: new Map(), files: [], size: 0 };
  for (const file of files) place(root, file);
  const count = `${files.length} ${files.length === 1 ? 'file' : 'files'}, ${byteSize(root.size)}`;
  return element(
    'section',
    { class: 'card', 'aria-labelledby': 'tree-title' },
    element('h3', { id: 'tree-title', class: 'breakable' }, name),
    element('p', { class: 'hint' }, `${count} unpacked from ${byteSize(downloadedBytes)}`),
    element('div', { id: 'archive-tree', class: 'tree' }, listOf(root)),
  );
}

interface Folder {
  readonly folders: Map<string, Folder>;
  readonly files: { name: string; size: number }[];
  size: number;
}

function place(root: Folder, { path, size }: ArtifactFile): void {
  const parts = path.split('/');
  const name = parts.pop()!;
  let folder = root;
  root.size += size;
  for (const part of parts) {
    const inner = folder.folders.get(part) ?? { folders: new Map(), files: [], size: 0 };
    folder.folders.set(part, inner);
    inner.size += size;
    folder = inner;
  }
  folder.files.push({ name, size });
}

function listOf({ folders, files }: Folder): HTMLElement {
  const list = element('ul');
  for (const [name, folder] of [...folders].slice(0, mostEntries)) {
    const summary = element('summary', {}, ...row(`${name}/`, folder.size));
    list.append(element('li', {}, element('details', { open: true }, summary, listOf(folder))));
  }
  for (const { name, size } of files.slice(0, mostEntries)) {
    list.append(element('li', { class: 'tree-file' }, ...row(name, size)));
  }
  const rest = Math.max(0, folders.size - mostEntries) + Math.max(0, files.length - mostEntries);
  if (rest > 0) list.append(element('li', { class: 'tree-file hint' }, `and ${rest.toLocaleString('en')} more`));
  return list;
}

/** Entries of one folder that are shown: an archive may hold thousands. */
const mostEntries = 100;

function row(name: string, size: number): HTMLElement[] {
  return [element('span', { class: 'tree-name' }, name), element('span', { class: 'tree-size' }, byteSize(size))];
}
