import { parseArgs, type ParseArgsConfig } from 'node:util';
import { taskNames } from '../manifest/inference-json.ts';
import type { DescribeOptions, Dtype, TaskName } from '../manifest/index.ts';
import type { CommandContext } from './command.ts';
import { createEngine } from './engine.ts';
import { exitCode, exitCodeFor, shownError, UsageError } from './exit-code.ts';
import { helpOf, overview, type CommandName } from './help.ts';
import { inspect } from './inspect/index.ts';
import { pack } from './pack.ts';
import { predict } from './predict.ts';
import { ClosedOutputError, InterruptedError, printableLines, type Terminal } from './terminal.ts';
import { recordOptionsOf, transform } from './transform.ts';
import { verify } from './verify.ts';

/**
 * Runs a command to its end and gives its exit code; never throws.
 *
 * @param assets the folder of ONNX Runtime's files, `mozjpeg_dec.wasm` and `sagemaker_handler.py`
 */
export async function runCommand(
  args: readonly string[],
  terminal: Terminal,
  { assets, version }: { readonly assets: URL; readonly version: string },
): Promise<number> {
  const [name] = args;
  try {
    if (name === undefined) {
      terminal.note(overview);
      return exitCode.usage;
    }
    if (name === '--version' || name === '-V') return await say(`${version}\n`);
    if (name === '--help' || name === '-h' || name === 'help') return await say(helpFor(args[1]));
    const command = commandNamed(name);
    const { values, positionals } = parsed(args.slice(1), command.options);
    if (values['help']) return await say(helpOf[name as CommandName]);
    return await command.run(positionals, values, { terminal, assets, version, engine: createEngine(assets) });
  } catch (error) {
    if (error instanceof ClosedOutputError) return exitCode.ok;
    const { reason } = terminal.signal as { reason: unknown };
    if (reason instanceof InterruptedError) return reason.exitCode;
    // Names and messages may come from an archive.
    const message = printableLines(shownError(error, args.includes('--debug')));
    terminal.note(`inpoint: ${message}${hintFor(error, name)}\n`);
    return exitCodeFor(error);
  }

  async function say(text: string): Promise<number> {
    await terminal.write(text);
    return exitCode.ok;
  }
}

/** What to do about it here, where the error itself speaks to a page. */
function hintFor(error: unknown, name: string | undefined): string {
  if (error instanceof UsageError) {
    return `\nSee inpoint ${name !== undefined && Object.hasOwn(commands, name) ? `${name} ` : ''}--help.`;
  }
  const message = error instanceof Error ? error.message : '';
  const option = /\{ (task|model|dtype): /.exec(message)?.[1];
  if (option !== undefined) return `\nOn the command line that is --${option} ${option.toUpperCase()}.`;
  return /Raise limits\.\w+/.test(message) ? '\nThe command line has the limits of a page, and none to raise.' : '';
}

interface Command {
  readonly options: NonNullable<ParseArgsConfig['options']>;
  run(positionals: readonly string[], values: Values, context: CommandContext): Promise<number>;
}

type Values = Readonly<Record<string, string | boolean | undefined>>;

const text = { type: 'string' } as const;
const flag = { type: 'boolean' } as const;
const general = {
  help: { ...flag, short: 'h' },
  debug: flag,
  json: flag,
  task: text,
  model: text,
  dtype: text,
} as const;

const commands: Readonly<Record<CommandName, Command>> = {
  pack: {
    options: {
      ...general,
      output: { ...text, short: 'o' },
      golden: text,
      'with-sagemaker-handler': flag,
      sign: text,
      name: text,
      description: text,
      author: text,
      version: text,
      license: text,
      date: text,
    },
    run: (positionals, values, context) =>
      pack(
        positionals,
        {
          json: values['json'] === true,
          describe: describeOf(values),
          output: values['output'] as string | undefined,
          golden: values['golden'] as string | undefined,
          withHandler: values['with-sagemaker-handler'] === true,
          card: cardOf(values),
          sign: values['sign'] as string | undefined,
        },
        context,
      ),
  },
  inspect: {
    options: general,
    run: (positionals, values, context) =>
      inspect(positionals, { json: values['json'] === true, describe: describeOf(values) }, context),
  },
  verify: {
    options: { ...general, trust: text },
    run: (positionals, values, context) =>
      verify(
        positionals,
        {
          json: values['json'] === true,
          describe: describeOf(values),
          trust: values['trust'] as string | undefined,
        },
        context,
      ),
  },
  predict: {
    options: { ...general, 'top-k': text, options: text },
    run: (positionals, values, context) =>
      predict(
        positionals,
        { json: values['json'] === true, describe: describeOf(values), options: optionsOf(values) },
        context,
      ),
  },
  transform: {
    options: {
      ...general,
      output: { ...text, short: 'o' },
      'input-format': text,
      'output-format': text,
      columns: text,
      'input-filter': text,
      'output-filter': text,
      'join-source': text,
      'batch-size': text,
      'max-concurrent-transforms': text,
      'on-error': text,
      'top-k': text,
      options: text,
    },
    run: (positionals, values, context) =>
      transform(
        positionals,
        {
          describe: describeOf(values),
          output: values['output'] as string | undefined,
          records: recordOptionsOf(values),
          options: optionsOf(values),
        },
        context,
      ),
  },
};

function commandNamed(name: string): Command {
  if (Object.hasOwn(commands, name)) return commands[name as CommandName];
  throw new UsageError(`There is no command ${JSON.stringify(name)}. There are ${Object.keys(commands).join(', ')}.`);
}

function helpFor(name: string | undefined): string {
  return name !== undefined && Object.hasOwn(helpOf, name) ? helpOf[name as CommandName] : overview;
}

function parsed(args: readonly string[], options: Command['options']): { values: Values; positionals: string[] } {
  try {
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
    return { values: values as Values, positionals };
  } catch (cause) {
    // The first sentence says which option it is; the rest is advice on `--`.
    const [message] = (cause as Error).message.split('. ');
    throw new UsageError(`${message}.`, { cause });
  }
}

/** What is served, and as what, where the caller says so. */
function describeOf({ task, model, dtype }: Values): DescribeOptions {
  if (task !== undefined && !taskNames.includes(task as TaskName))
    throw new UsageError(`There is no task ${JSON.stringify(task)}. There are ${taskNames.join(', ')}.`);
  if (dtype !== undefined && !dtypes.includes(dtype as Dtype))
    throw new UsageError(`There is no dtype ${JSON.stringify(dtype)}. There are ${dtypes.join(', ')}.`);
  return {
    ...(task !== undefined && { task: task as TaskName }),
    ...(model !== undefined && { model: String(model) }),
    ...(dtype !== undefined && { dtype: dtype as Dtype }),
  };
}

const dtypes: readonly Dtype[] = ['fp32', 'fp16', 'int8', 'uint8', 'q8', 'q4', 'q4f16', 'bnb4'];

function optionsOf(values: Values): Record<string, unknown> {
  const options: Record<string, unknown> = {};
  if (values['options'] !== undefined) {
    const json = jsonObject(String(values['options']));
    if (!json) throw new UsageError(`--options takes a JSON object, such as '{"topK": 3}'.`);
    Object.assign(options, json);
  }
  if (values['top-k'] !== undefined) {
    const topK = Number(values['top-k']);
    if (!Number.isInteger(topK) || topK < 1) throw new UsageError('--top-k takes a whole number above 0.');
    options['topK'] = topK;
  }
  return options;
}

function jsonObject(value: string): object | undefined {
  try {
    const json = JSON.parse(value) as unknown;
    return typeof json === 'object' && json !== null && !Array.isArray(json) ? json : undefined;
  } catch {
    return undefined;
  }
}

/** What the archive is to say of itself, by the names of `inference.json`. */
function cardOf(values: Values): Record<string, string> {
  const fields = {
    name: 'name',
    description: 'description',
    author: 'author',
    version: 'version',
    license: 'license',
    date: 'date',
  };
  return Object.fromEntries(
    Object.entries(fields).flatMap(([field, option]) =>
      typeof values[option] === 'string' ? [[field, values[option]]] : [],
    ),
  );
}
