import type { Artifact } from '../artifact/index.ts';
import { describe, type Manifest, type TaskName } from '../manifest/index.ts';

/** The task that an input is for: a pipeline's own input is that of the first stage that takes it. */
export async function inputTask(artifact: Artifact, manifest: Manifest): Promise<TaskName> {
  if (manifest.task !== 'pipeline') return manifest.task;
  // What is cropped to is a picture.
  if (manifest.stages.some(({ crop }) => crop)) return 'object-detection';
  const first = manifest.stages.find(
    ({ each, input }) => each === undefined && (input === undefined || input === 'input'),
  );
  if (!first) return manifest.task;
  const { from } = first;
  const folder = from.endsWith('/') ? from : `${from}/`;
  const files = artifact.files
    .filter(({ path }) => path.startsWith(folder))
    .map((file) => ({ ...file, path: file.path.slice(folder.length) }));
  return (await describe(artifact.parts?.[from] ?? { name: artifact.name, files })).task;
}
