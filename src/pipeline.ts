import type { Artifact } from './artifact/index.ts';
import { InputError, isInputError, ManifestError } from './errors.ts';
import type { PipelineManifest, Stage } from './manifest/index.ts';
import type { Model } from './model.ts';
import { cropBox, type Box } from './preprocess/crop-box.ts';
import type { Media } from './preprocess/media.ts';
import type { Pixels } from './preprocess/resize.ts';
import { takesImages } from './tasks/index.ts';

/**
 * Loads the models of a pipeline and makes one model of them: each stage is fed the pipeline's input or a part of an
 * earlier answer, once or for each item of a list; the answer has each stage's under its name.
 *
 * @param load loads the model of one stage
 * @throws {ManifestError} when a stage names what is not there.
 */
export async function createPipeline(
  manifest: PipelineManifest,
  artifact: Artifact,
  media: Media,
  load: (stage: Artifact) => Promise<Model>,
): Promise<Model> {
  checkStages(manifest.stages);
  const models: Model[] = [];
  const dispose = async (): Promise<void> => {
    await Promise.all([...new Set(models)].map((model) => model.dispose()));
  };
  try {
    const loaded = new Map<string, Model>();
    for (const [index, stage] of manifest.stages.entries()) {
      const model = loaded.get(stage.from) ?? (await load(stageArtifact(artifact, stage, index)));
      loaded.set(stage.from, model);
      models.push(model);
    }
  } catch (error) {
    await dispose();
    throw error;
  }
  const readsImage = manifest.stages.some(
    (stage, index) => stage.crop || (takesInput(stage) && takesImages(models[index]!.manifest.task)),
  );
  return {
    manifest,
    inputs: [],
    outputs: [],
    // Sound is the pipeline's own input where the stage that takes it is for sound.
    sampleRate: models.find((_, index) => takesInput(manifest.stages[index]!))?.sampleRate,
    isStateful: models.some(({ isStateful }) => isStateful),
    probe: undefined,
    dispose,
    async predict(input, options, signal) {
      let modelMs = 0;
      const transfer: Transferable[] = [];
      /** One call of one stage's model. Its failure is the pipeline's. */
      const ask = async (stage: Stage, model: Model, fed: unknown, stageOptions: object): Promise<unknown> => {
        const prediction = await model.predict(fed, stageOptions, signal);
        if (prediction.kind === 'failure') throw inStage(stage, prediction.error);
        modelMs += prediction.modelMs;
        transfer.push(...prediction.transfer);
        return prediction.answer;
      };
      try {
        const { session, byStage } = splitOptions(options, manifest.stages);
        // A picture is decoded once, since bitmaps are gone after their first reader.
        const shared = readsImage ? await media.readImage(input, 'image', signal) : input;
        const answers: Record<string, unknown> = {};
        for (const [index, stage] of manifest.stages.entries()) {
          const model = models[index]!;
          const stageOptions = { ...stage.options, ...byStage[stage.name], ...(stage.each === undefined && session) };
          const scope = { ...answers, input: shared };
          if (stage.each === undefined) {
            answers[stage.name] = await ask(stage, model, fedTo(stage, scope), stageOptions);
            continue;
          }
          const items = listAt(stage, scope);
          const list: unknown[] = [];
          for (const item of items) {
            const fed = itemFed(stage, item, shared, scope);
            list.push(fed === undefined ? null : await ask(stage, model, fed, stageOptions));
          }
          answers[stage.name] = list;
        }
        return { kind: 'answer', answer: answers, transfer: stillThere(transfer), modelMs };
      } catch (error) {
        return { kind: 'failure', error };
      }
    },
  };
}

function takesInput({ each, input }: Stage): boolean {
  return each === undefined && (input === undefined || input === 'input');
}

/** What a stage says of its input is the pipeline's to say: the field begins with the stage's name. */
function inStage({ name }: Stage, error: unknown): unknown {
  if (!isInputError(error)) return error;
  return new InputError(`${name}.${error.field}`, `In the stage ${JSON.stringify(name)}: ${error.message}`, {
    cause: error.cause,
  });
}

/**
 * Options of the stages, by their names, and those that belong to the whole call.
 *
 * @throws {InputError} on what is no stage, or no object.
 */
function splitOptions(
  options: object,
  stages: readonly Stage[],
): { session: object; byStage: Readonly<Record<string, object>> } {
  const { sessionId, endSession, ...byStage } = options as Record<string, unknown>;
  for (const [name, value] of Object.entries(byStage)) {
    if (!stages.some((stage) => stage.name === name)) {
      const names = stages.map((stage) => stage.name).join(', ');
      throw new InputError(name, `The option ${name} is no stage of this pipeline; its stages are ${names}.`);
    }
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw new InputError(name, `The option ${name} is an object with the options of that stage.`);
    }
  }
  const session = { ...(sessionId !== undefined && { sessionId }), ...(endSession !== undefined && { endSession }) };
  return { session, byStage: byStage as Record<string, object> };
}

/** Buffers that were given on from one stage to the next are listed twice. */
function stillThere(transfer: readonly Transferable[]): Transferable[] {
  return [...new Set(transfer)];
}

const defaultLimit = 100;

function listAt(stage: Stage, scope: Scope): unknown[] {
  const list = valueAt(stage.each!, scope);
  if (!Array.isArray(list)) {
    throw new ManifestError(
      'file-invalid',
      `The stage ${JSON.stringify(stage.name)} of the pipeline wants a list at ${JSON.stringify(stage.each)}, and there is none. Correct "each" in inference.json.`,
    );
  }
  return list.slice(0, stage.limit ?? defaultLimit);
}

/** What a stage is fed for one item of a list; undefined where there is nothing to feed. */
function itemFed(stage: Stage, item: unknown, image: unknown, scope: Scope): unknown {
  const { score, box } = (item ?? {}) as { score?: unknown; box?: Box };
  if (stage.minScore !== undefined && typeof score === 'number' && score < stage.minScore) return undefined;
  if (!stage.crop) return fedTo(stage, { ...scope, item });
  if (!box) {
    throw new ManifestError(
      'file-invalid',
      `The stage ${JSON.stringify(stage.name)} of the pipeline crops, and the items at ${JSON.stringify(stage.each)} have no box. Correct it in inference.json.`,
    );
  }
  return cropBox(image as Pixels, box, stage.crop.margin ?? 0);
}

/** What paths are looked up in: earlier answers by their stages, `input`, and the `item` at hand. */
type Scope = Readonly<Record<string, unknown>>;

function fedTo({ input, each }: Stage, scope: Scope): unknown {
  const from = input ?? (each === undefined ? 'input' : 'item');
  if (typeof from === 'string') return valueAt(from, scope);
  return Object.fromEntries(Object.entries(from).map(([field, path]) => [field, valueAt(path, scope)]));
}

function valueAt(path: string, scope: Scope): unknown {
  return path
    .split('.')
    .reduce<unknown>(
      (value, key) =>
        typeof value === 'object' && value !== null && Object.hasOwn(value, key)
          ? (value as Record<string, unknown>)[key]
          : undefined,
      scope,
    );
}

/** What a call has options of its own for, and what paths begin with. */
const reserved = new Set(['item', 'signal', 'transfer', 'sessionId', 'endSession']);

function checkStages(stages: readonly Stage[]): void {
  const known = ['input'];
  const wrong = (where: string, reason: string): ManifestError =>
    new ManifestError('file-invalid', `inference.json says at ${where} what cannot be: ${reason}. Correct it.`);
  for (const [index, { name, input, each, crop }] of stages.entries()) {
    const at = `stages[${index}]`;
    if (known.includes(name) || reserved.has(name)) throw wrong(`${at}.name`, `${JSON.stringify(name)} is taken`);
    const roots = each === undefined ? known : [...known, 'item'];
    const paths = typeof input === 'object' ? Object.values(input) : input === undefined ? [] : [input];
    for (const path of paths) {
      if (!roots.includes(path.split('.')[0]!))
        throw wrong(`${at}.input`, `${JSON.stringify(path)} begins with none of ${roots.join(', ')}`);
    }
    if (each !== undefined && !known.includes(each.split('.')[0]!))
      throw wrong(`${at}.each`, `${JSON.stringify(each)} begins with none of ${known.join(', ')}`);
    if (crop && each === undefined) throw wrong(`${at}.crop`, 'only the items of a list ("each") can be cropped to');
    known.push(name);
  }
}

/** A stage's own archive: a folder of this one, or one of those that came with it. */
function stageArtifact(artifact: Artifact, { from }: Stage, index: number): Artifact {
  const { parts = {} } = artifact;
  if (Object.hasOwn(parts, from)) return parts[from]!;
  const folder = from.endsWith('/') ? from : `${from}/`;
  const files = artifact.files
    .filter(({ path }) => path.startsWith(folder))
    .map(({ path, size, blob }) => ({ path: path.slice(folder.length), size, blob }));
  if (files.length > 0) return { name: `${artifact.name}/${folder}`, files, downloadedBytes: 0 };
  throw new ManifestError(
    'file-missing',
    `Cannot serve ${JSON.stringify(artifact.name)}: inference.json names ${JSON.stringify(from)} at stages[${index}].from, and the archive has no such folder. Add it.`,
  );
}
