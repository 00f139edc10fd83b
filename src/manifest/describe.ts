import type { Artifact } from '../artifact/index.ts';
import { ManifestError } from '../errors.ts';
import { readArchive, type ArchiveReader } from './archive-reader.ts';
import { inferAudio } from './hugging-face/feature-extractor.ts';
import { inferGeneration } from './hugging-face/generation.ts';
import { inferImage } from './hugging-face/image-processor.ts';
import { inferText } from './hugging-face/text.ts';
import { inferTable } from './hugging-face/table.ts';
import { checkInferenceJson, forEveryTask, taskNames, type InferenceJson } from './inference-json.ts';
import { chooseModel } from './choose-model.ts';
import { inferTask } from './infer-task.ts';
import { readCard } from './card.ts';
import { audioFields } from './audio.ts';
import { generationFields } from './generation.ts';
import { imageFields } from './image.ts';
import { tableFields } from './table.ts';
import { textFields } from './text.ts';
import type { Json } from './read-json.ts';
import type { DescribeOptions, Manifest, TaskName } from './schema.ts';

/**
 * Tells what an artifact is: by what its `inference.json` says, and for the rest by the files that Hugging Face
 * libraries leave beside a model, or by a bare `.onnx`, whose task is then `tensor`. Needs no runtime.
 *
 * @throws {ManifestError} when no model is there to serve, or a file that its task needs is missing or broken.
 */
export async function describe(
  artifact: Pick<Artifact, 'name' | 'files'>,
  options: DescribeOptions = {},
): Promise<Manifest> {
  const { name, files } = artifact;
  const archive = await readArchive(artifact, options.task);
  const json = (await archive.json('inference.json')) ?? {};
  const stated = options.task ?? (json['task'] as TaskName | undefined);
  if (stated !== undefined && !taskNames.includes(stated)) throw unknownTask(name, stated);
  // A bad archive is named before a bad description: without a model there is nothing to describe.
  if (stated === 'pipeline') return describePipeline(archive, artifact, json);
  const { model, externalData } = await chooseModel(name, files, json['model'] as InferenceJson['model'], options);
  const task = stated ?? (await inferTask(archive));
  const given = checkInferenceJson(name, json, task);
  const card = await readCard(artifact, archive, given);
  const golden = goldenOf(archive, given);
  return {
    ...(await inferFields(task, archive, given as Json)),
    ...ofTask(given as Json),
    task,
    model,
    externalData,
    feeds: given.feeds ?? {},
    results: given.results ?? {},
    golden,
    card,
  } as Manifest;
}

async function describePipeline(
  archive: ArchiveReader,
  artifact: Pick<Artifact, 'name' | 'files'>,
  json: Json,
): Promise<Manifest> {
  if (json['task'] !== 'pipeline') {
    throw new ManifestError(
      'task-unsupported',
      `Cannot serve ${JSON.stringify(artifact.name)} as a pipeline: its inference.json does not say "task": "pipeline", with "stages". Deploy it without { task }.`,
    );
  }
  const given = checkInferenceJson(artifact.name, json, 'pipeline');
  return {
    task: 'pipeline',
    stages: given.stages ?? [],
    golden: goldenOf(archive, given),
    card: await readCard(artifact, archive, given),
  };
}

/** Whether the file is there is for those to see who want the samples: a model need not stay away for them. */
function goldenOf(archive: ArchiveReader, { golden }: Pick<InferenceJson, 'golden'>): string | undefined {
  return golden ?? (archive.has('golden.json') ? 'golden.json' : undefined);
}

/** What `inference.json` says of the task alone: the rest has a place of its own in a manifest. */
function ofTask(given: Json): object {
  return Object.fromEntries(
    Object.entries(given).filter(([field, value]) => !forEveryTask.has(field) && value !== undefined),
  );
}

/** What the task has beside what every task has, told from the other files of the archive. */
async function inferFields(task: TaskName, archive: ArchiveReader, given: Json): Promise<object> {
  if (task in textFields) return inferText(task as never, archive, given);
  if (task in generationFields) return inferGeneration(task as never, archive, given);
  if (task in imageFields) return inferImage(task as never, archive, given);
  if (task in audioFields) return inferAudio(task as never, archive, given);
  if (task in tableFields) return inferTable(task as never, archive);
  return {};
}

function unknownTask(name: string, task: unknown): ManifestError {
  return new ManifestError(
    'task-unsupported',
    `Cannot serve ${JSON.stringify(name)}: there is no task ${JSON.stringify(task)}. There are ${taskNames.join(', ')}.`,
  );
}
