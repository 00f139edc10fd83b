import type { Artifact, ArtifactFile } from 'inpoint';
import type { JSX } from 'preact';
import { byteSize, count } from '../../show/format.ts';
import { translated } from '../../site/language.ts';

const words = translated({
  en: {
    unpacked: (files: number, size: string, from: string) =>
      `${count(files)} ${files === 1 ? 'file' : 'files'}, ${size} unpacked from ${from}`,
    more: (files: string) => `and ${files} more`,
  },
  ko: {
    unpacked: (files: number, size: string, from: string) => `파일 ${count(files)}개, ${from}에서 푼 ${size}`,
    more: (files: string) => `그 밖에 ${files}개`,
  },
});

/** What is in an archive, folder by folder. Folders open and close as `<details>` do, by keyboard too. */
export function FileTree({ artifact: { name, files, downloadedBytes } }: { artifact: Artifact }): JSX.Element {
  const root: Folder = { folders: new Map(), files: [], size: 0 };
  for (const file of files) place(root, file);
  return (
    <section class="card" aria-labelledby="tree-title">
      <h2 id="tree-title" class="breakable">
        {name}
      </h2>
      <p class="hint">{words.value.unpacked(files.length, byteSize(root.size), byteSize(downloadedBytes))}</p>
      <div id="archive-tree" class="tree">
        <List {...root} />
      </div>
    </section>
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

function List({ folders, files }: Folder): JSX.Element {
  const rest = Math.max(0, folders.size - mostEntries) + Math.max(0, files.length - mostEntries);
  return (
    <ul>
      {[...folders].slice(0, mostEntries).map(([name, folder]) => (
        <li key={name}>
          <details open>
            <summary>
              <Entry name={`${name}/`} size={folder.size} />
            </summary>
            <List {...folder} />
          </details>
        </li>
      ))}
      {files.slice(0, mostEntries).map(({ name, size }) => (
        <li key={name} class="tree-file">
          <Entry name={name} size={size} />
        </li>
      ))}
      {rest > 0 && <li class="tree-file hint">{words.value.more(count(rest))}</li>}
    </ul>
  );
}

/** Entries of one folder that are shown: an archive may hold thousands. */
const mostEntries = 100;

function Entry({ name, size }: { name: string; size: number }): JSX.Element {
  return (
    <>
      <span class="tree-name">{name}</span>
      <span class="tree-size">{byteSize(size)}</span>
    </>
  );
}
