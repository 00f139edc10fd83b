import { ManifestError } from '../../errors.ts';
import type { ArchiveReader } from '../archive-reader.ts';
import type { Json } from '../read-json.ts';
import type { EmbeddingStep, TextStep } from '../text.ts';

/**
 * How Sentence Transformers makes one vector of those of the tokens, by its `modules.json` and the files of the
 * modules; undefined where the archive has none of them.
 *
 * @throws {ManifestError} `task-unsupported` for a pooling or a module that is not known.
 */
export async function poolingStepsOf(archive: ArchiveReader): Promise<EmbeddingStep[] | undefined> {
  const modules = (await archive.list('modules.json')) as Json[] | undefined;
  const saved = modules ?? (archive.has('1_Pooling/config.json') ? usualModules : undefined);
  if (!saved) return undefined;
  const steps: EmbeddingStep[] = [];
  for (const module of saved) {
    const type = String(module['type']).split('.').at(-1);
    if (type === 'Pooling')
      steps.push(poolStepOf(archive.name, (await archive.json(`${String(module['path'])}/config.json`)) ?? {}));
    else if (type === 'Normalize') steps.push({ step: 'l2-normalize' });
    else if (type !== 'Transformer') throw unsupported(archive.name, `a module of the type ${JSON.stringify(type)}`);
  }
  return steps;
}

const usualModules: Json[] = [{ type: 'Pooling', path: '1_Pooling' }];

function poolStepOf(name: string, config: Json): EmbeddingStep {
  const modes = Object.keys(config).filter((key) => key.startsWith('pooling_mode_') && config[key] === true);
  // Later versions write one word.
  if (typeof config['pooling_mode'] === 'string') modes.push(config['pooling_mode']);
  if (modes.length === 0) return { step: 'pool', by: 'mean' };
  const by = modes.length === 1 ? poolings[modes[0]!.replace('pooling_mode_', '')] : undefined;
  if (by) return { step: 'pool', by };
  throw unsupported(name, `the pooling ${modes.join(' with ')}`);
}

const poolings: Readonly<Record<string, 'mean' | 'cls' | 'last-token'>> = {
  mean_tokens: 'mean',
  mean: 'mean',
  cls_token: 'cls',
  cls: 'cls',
  lasttoken: 'last-token',
};

function unsupported(name: string, what: string): ManifestError {
  return new ManifestError(
    'task-unsupported',
    `Cannot serve ${JSON.stringify(name)}: its modules.json asks for ${what}, which is not supported. Export the model with its pooling inside, and say { "postprocess": [] } in inference.json.`,
  );
}

/** What Sentence Transformers puts before texts, as `config_sentence_transformers.json` has it. */
export async function promptStepsOf(archive: ArchiveReader): Promise<TextStep[]> {
  const saved = await archive.json('config_sentence_transformers.json');
  const prompts = (saved?.['prompts'] ?? {}) as Readonly<Record<string, unknown>>;
  const prompt = (...names: string[]): string | undefined =>
    names.map((name) => prompts[name]).find((text): text is string => typeof text === 'string' && text !== '');
  const fallback = saved?.['default_prompt_name'];
  const byDefault = typeof fallback === 'string' ? prompt(fallback) : undefined;
  const query = prompt('query');
  const document = prompt('document', 'passage');
  // A default is for all texts, unless there are prompts for each kind.
  if (query === undefined && document === undefined) {
    return byDefault === undefined ? [] : [{ step: 'prefix', text: byDefault }];
  }
  return [
    ...(query === undefined ? [] : [{ step: 'prefix', text: query, for: 'query' } as const]),
    ...(document === undefined ? [] : [{ step: 'prefix', text: document, for: 'document' } as const]),
  ];
}
