import type { Artifact } from '../../artifact/index.ts';
import { ManifestError } from '../../errors.ts';
import type { Golden } from '../../golden.ts';
import { describe, readJson, type DescribeOptions, type Manifest, type TaskName } from '../../manifest/index.ts';
import { readOnnxFile, type OnnxFile } from '../../manifest/onnx-file.ts';
import type { CommandContext } from '../command.ts';
import { exitCode, UsageError } from '../exit-code.ts';
import { goldenIn } from '../golden-samples.ts';
import { openArchive } from '../open-archive.ts';
import { progressOn } from '../progress.ts';
import { explainFolder } from './explain-folder.ts';
import { estimateMemory, type MemoryEstimate } from './memory.ts';
import { missingParts, type Missing } from './missing.ts';
import { reportText } from './report-text.ts';

/** What an archive is, as `inspect --json` gives it. */
export interface Report {
  readonly name: string;
  readonly downloadedBytes: number;
  readonly unpackedBytes: number;
  readonly files: readonly { readonly path: string; readonly size: number }[];
  /** Undefined where it cannot be told. */
  readonly task: TaskName | undefined;
  /** Which file said so. */
  readonly taskFrom: string | undefined;
  readonly manifest: Manifest | undefined;
  readonly models: readonly ModelReport[];
  readonly golden:
    | { readonly samples: number; readonly recorded: boolean; readonly source: string | undefined }
    | undefined;
  readonly missing: readonly Missing[];
  /** Why it cannot be served; undefined where it can. */
  readonly problem: string | undefined;
  /** How to get to something that can be served. */
  readonly steps: string | undefined;
}

/** One model file. */
export interface ModelReport {
  readonly path: string;
  /** With the files of its weights. */
  readonly bytes: number;
  /** Undefined for what is no ONNX in protobuf, such as the ORT format. */
  readonly onnx: OnnxFile | undefined;
  readonly memory: MemoryEstimate | undefined;
}

/** Says what an archive is, what it needs, and what is missing. */
export async function inspect(
  [source, ...rest]: readonly string[],
  flags: { readonly json: boolean; readonly describe: DescribeOptions },
  context: CommandContext,
): Promise<number> {
  if (!source || rest.length > 0)
    throw new UsageError('inspect takes one archive, folder or address: inpoint inspect model.tar.gz');
  const { terminal } = context;
  const { artifact } = await openArchive(source, terminal, flags.describe, true, true);
  const progress = progressOn(terminal);
  let report: Report;
  try {
    progress.update('Looking at the model');
    report = await reportOn(artifact, flags.describe, context);
  } finally {
    progress.clear();
  }
  terminal.signal.throwIfAborted();
  await terminal.write(flags.json ? `${JSON.stringify(report, undefined, 2)}\n` : reportText(report, terminal));
  return report.problem === undefined ? exitCode.ok : exitCode.wrong;
}

async function reportOn(artifact: Artifact, options: DescribeOptions, { engine }: CommandContext): Promise<Report> {
  const { name, files, downloadedBytes } = artifact;
  let manifest: Manifest | undefined;
  let golden: Golden | undefined;
  let unusable: string | undefined;
  let problem: string | undefined;
  try {
    manifest = await describe(artifact, options);
    // Whether the runtime has all operators, only the runtime knows.
    await (await engine.load(artifact, options)).dispose();
  } catch (error) {
    problem = messageOf(error);
  }
  try {
    const found = manifest && (await goldenIn(artifact, manifest));
    if (found && 'reason' in found) unusable = found.reason;
    else golden = found;
  } catch (error) {
    // A model is served without its samples.
    unusable = messageOf(error);
  }
  const { models, problems } = await modelsOf(artifact, manifest);
  problem ??= problems[0];
  const main = models.find(({ path }) => manifest !== undefined && 'model' in manifest && path === manifest.model);
  return {
    name,
    downloadedBytes,
    unpackedBytes: files.reduce((total, { size }) => total + size, 0),
    files: files.map(({ path, size }) => ({ path, size })),
    task: manifest?.task,
    taskFrom: manifest && (await toldFrom(artifact, manifest, options.task)),
    manifest,
    models,
    golden: golden && { samples: golden.samples.length, recorded: golden.recorded, source: golden.source },
    missing: manifest ? missingParts(artifact, manifest, main?.onnx, golden ?? unusable) : [],
    problem,
    steps: manifest ? undefined : await explainFolder(files),
  };
}

/** The model to serve with what it says of itself; all there are where none is chosen. */
async function modelsOf(
  { files }: Artifact,
  manifest: Manifest | undefined,
): Promise<{ models: ModelReport[]; problems: string[] }> {
  const chosen = manifest && 'model' in manifest ? manifest : undefined;
  const models: ModelReport[] = [];
  const problems: string[] = [];
  for (const { path, size, blob } of files) {
    if (chosen ? path !== chosen.model : !/\.(onnx|ort)$/i.test(path)) continue;
    const data = files.filter((file) => chosen?.externalData.includes(file.path));
    const bytes = data.reduce((total, file) => total + file.size, size);
    const onnx = /\.ort$/i.test(path)
      ? undefined
      : await readOnnxFile(path, blob).catch((error: unknown) => {
          if (!(error instanceof ManifestError)) throw error;
          problems.push(error.message);
        });
    models.push({ path, bytes, onnx: onnx ?? undefined, memory: onnx ? estimateMemory(onnx, bytes) : undefined });
  }
  return { models, problems };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Which file told the task, in the order that they are asked. */
async function toldFrom({ name, files }: Artifact, { task }: Manifest, wanted: TaskName | undefined): Promise<string> {
  if (wanted !== undefined) return '--task';
  const json = async (path: string): Promise<Readonly<Record<string, unknown>>> => {
    const file = files.find((one) => one.path === path);
    return file ? readJson(name, file).catch(() => ({})) : {};
  };
  if ((await json('inference.json'))['task'] !== undefined) return 'inference.json';
  const config = await json('config.json');
  const [architecture] = Array.isArray(config['architectures']) ? (config['architectures'] as unknown[]) : [];
  if (typeof architecture === 'string') return `${architecture} in config.json`;
  return task === 'tensor' ? 'nothing but a model' : 'the files beside the model';
}
