import { signal, type ReadonlySignal, type Signal } from '@preact/signals';
import { openArtifact, type Artifact, type DeployProgress, type ModelSource } from 'inpoint';
import { keptIfRoom } from '../endpoints/kept-if-room.ts';
import { Served } from '../endpoints/served.ts';
import { readDescription, type Description } from './description.ts';
import { kindOf, type FileKind } from './file-kind.ts';

/** The archive that the visitor gave, from the moment they gave it. */
export type ArchiveState =
  | { readonly kind: 'none' }
  | {
      readonly kind: 'opening';
      readonly name: string;
      readonly progress?: DeployProgress;
      readonly artifact?: Artifact;
    }
  | { readonly kind: 'cancelled'; readonly name: string }
  /** With an artifact, its files can be listed and its model not served; without one, perhaps it is another kind of file. */
  | {
      readonly kind: 'refused';
      readonly name: string;
      readonly error: unknown;
      readonly artifact?: Artifact;
      readonly fileKind?: FileKind;
    }
  | {
      readonly kind: 'serving';
      readonly name: string;
      readonly artifact: Artifact;
      readonly description: Description;
      readonly model: Served;
      /** Milliseconds that opening the archive took, before it was deployed. */
      readonly openedMs: number;
      /** Where it came from; undefined for a file. */
      readonly address: string | undefined;
    };

const current: Signal<ArchiveState> = signal<ArchiveState>({ kind: 'none' });
let job = new AbortController();

export const archive: ReadonlySignal<ArchiveState> = current;

/** Opens an archive that was given as a file, or as the files that would be in it. */
export async function openFiles(files: readonly File[]): Promise<void> {
  const [first, ...others] = files;
  if (!first) return;
  await (others.length > 0 ? openArchive(files, `${first.name} + ${others.length}`) : openArchive(first, first.name));
}

/** Opens an archive, lists it and serves its model. One at a time: the one before is closed, or given up. */
export async function openArchive(source: ModelSource, name: string): Promise<void> {
  const closing = closeArchive();
  const { signal: given } = (job = new AbortController());
  current.value = { kind: 'opening', name };
  await closing;
  let artifact: Artifact | undefined;
  let stop: (() => void) | undefined;
  try {
    const startedAt = performance.now();
    const onProgress = (progress: DeployProgress): void => {
      if (!given.aborted) current.value = { kind: 'opening', name, progress };
    };
    artifact = await keptIfRoom((cache) => openArtifact(source, { cache, signal: given, onProgress }));
    const openedMs = performance.now() - startedAt;
    current.value = { kind: 'opening', name, artifact };
    const model = new Served(name, artifact);
    const giveUp = (): void => void model.close();
    given.addEventListener('abort', giveUp);
    stop = model.state.subscribe((state) => {
      if (!given.aborted && state.kind === 'opening' && state.progress)
        current.value = { kind: 'opening', name, artifact, progress: state.progress };
    });
    await model.open();
    given.throwIfAborted();
    const state = model.state.peek();
    if (state.kind === 'failed') throw state.error;
    const address = typeof source === 'string' ? source : undefined;
    const description = await readDescription(artifact);
    given.throwIfAborted();
    current.value = { kind: 'serving', name, artifact, description, model, openedMs, address };
  } catch (error) {
    const fileKind = source instanceof Blob && !artifact ? await kindOf(source).catch(() => undefined) : undefined;
    if (!given.aborted) current.value = { kind: 'refused', name, error, artifact, fileKind };
  } finally {
    stop?.();
  }
}

/** Gives up the archive that is on its way. */
export function cancelArchive(): void {
  const state = current.peek();
  if (state.kind !== 'opening') return;
  job.abort();
  current.value = { kind: 'cancelled', name: state.name };
}

/** Closes what is served and gives its memory back. */
export async function closeArchive(): Promise<void> {
  const state = current.peek();
  job.abort();
  current.value = { kind: 'none' };
  if (state.kind === 'serving') await state.model.close();
}
