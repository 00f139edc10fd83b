import { deploy, openArtifact, type Artifact, type ArtifactSource, type Endpoint } from 'inpoint';
import { announce } from '../announce.ts';
import { byteSize } from '../byte-size.ts';
import { errorNotice } from '../error-notice.ts';
import { find } from '../find.ts';
import { LoadProgress } from '../load-progress.ts';
import { cardView } from './card-view.ts';
import { endpointView, type EndpointView } from './endpoint-view.ts';
import { fileTree } from './file-tree.ts';
import { pickSource } from './pick-source.ts';

/** Opens the archives that a visitor gives, one at a time: shows what is in it, deploys it, and lets them try it. */
export function startArchive(): void {
  const status = find('#archive-status', HTMLElement);
  const progress = new LoadProgress(find('#archive-progress', HTMLProgressElement), status);
  const cancel = find('#archive-cancel', HTMLButtonElement);
  const problem = find('#archive-error', HTMLElement);
  const contents = find('#archive-contents', HTMLElement);
  const served = find('#archive-endpoint', HTMLElement);
  const card = find('#archive-card', HTMLElement);
  let job = new AbortController();
  let view: EndpointView | undefined;

  const open = async (source: ArtifactSource, name: string): Promise<void> => {
    job.abort();
    job = new AbortController();
    const { signal } = job;
    for (const part of [problem, contents, served, card]) part.replaceChildren();
    const previous = view;
    view = undefined;
    cancel.hidden = false;
    status.textContent = `Opening ${name}`;
    let artifact: Artifact | undefined;
    try {
      await previous?.close();
      const startedAt = performance.now();
      artifact = await openArtifact(source, { signal, onProgress: (step) => progress.show(step) });
      const openedMs = performance.now() - startedAt;
      contents.replaceChildren(fileTree(artifact));
      const endpoint = await deployed(artifact, signal, progress);
      card.replaceChildren(...cardView(endpoint.card));
      view = endpointView(endpoint, openedMs);
      served.replaceChildren(view.element);
      progress.end(`${artifact.name} is ready, task ${endpoint.task}`);
      announce(status.textContent);
    } catch (error) {
      // A later archive has the page by now, or the visitor has cancelled this one.
      if (job.signal !== signal) return;
      if (signal.aborted) progress.end(`Cancelled ${name}`);
      else {
        progress.end(artifact ? summary(artifact) : '');
        problem.replaceChildren(
          errorNotice(artifact ? 'This archive cannot be served' : 'This archive cannot be opened', error),
        );
      }
    } finally {
      if (job.signal === signal) cancel.hidden = true;
    }
  };

  cancel.addEventListener('click', () => job.abort());
  pickSource((source, name) => void open(source, name));
}

/** Deploys an opened artifact, and leaves nothing behind where that was cancelled at the last moment. */
async function deployed(artifact: Artifact, signal: AbortSignal, progress: LoadProgress): Promise<Endpoint> {
  const endpoint = await deploy(artifact, { signal, onProgress: (step) => progress.show(step) });
  if (!signal.aborted) return endpoint;
  await endpoint.close();
  throw signal.reason;
}

function summary({ name, files, downloadedBytes }: Artifact): string {
  return `${name}: ${files.length} ${files.length === 1 ? 'file' : 'files'}, ${byteSize(downloadedBytes)}`;
}
