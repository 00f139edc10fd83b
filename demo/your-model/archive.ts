import { signal, type ReadonlySignal, type Signal } from '@preact/signals';
import { openArtifact, type Artifact, type DeployProgress, type ModelSource } from 'inpoint';
import { Served } from '../endpoints/served.ts';

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
  /** With an artifact, its files can be listed and its model not served. */
  | { readonly kind: 'refused'; readonly name: string; readonly error: unknown; readonly artifact?: Artifact }
  | {
      readonly kind: 'serving';
      readonly name: string;
      readonly artifact: Artifact;
      readonly model: Served;
      /** Milliseconds that opening the archive took, before it was deployed. */
      readonly openedMs: number;
      /** Where it came from; undefined for a file. */
      readonly address: string | undefined;
    };

const current: Signal<ArchiveState> = signal<ArchiveState>({ kind: 'none' });
let job = new AbortController();

export const archive: ReadonlySignal<ArchiveState> = current;

/** Opens an archive, lists it and serves its model. One at a time: the one before is closed, or given up. */
export async function openArchive(source: ModelSource | File, name: string): Promise<void> {
  await closeArchive();
  job = new AbortController();
  const { signal: given } = job;
  current.value = { kind: 'opening', name };
  let artifact: Artifact | undefined;
  let stop: (() => void) | undefined;
  try {
    const startedAt = performance.now();
    artifact = await openArtifact(source, {
      signal: given,
      onProgress: (progress) => {
        if (!given.aborted) current.value = { kind: 'opening', name, progress };
      },
    });
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
    current.value = { kind: 'serving', name, artifact, model, openedMs, address };
  } catch (error) {
    if (!given.aborted) current.value = { kind: 'refused', name, error, artifact };
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
