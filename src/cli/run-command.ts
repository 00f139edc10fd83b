import { parseArgs, type ParseArgsConfig } from 'node:util';
import { taskNames } from '../manifest/inference-json.ts';
import type { TaskName } from '../manifest/index.ts';
import type { CommandContext } from './command.ts';
import { createEngine } from './engine.ts';
import { exitCode, exitCodeFor, shownError, UsageError } from './exit-code.ts';
import { helpOf, overview, type CommandName } from './help.ts';
import { inspect } from './inspect/index.ts';
import { pack } from './pack.ts';
import { predict } from './predict.ts';
import { ClosedOutputError, InterruptedError, type Terminal } from './terminal.ts';
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
    if (error instanceof InterruptedError || terminal.signal.reason instanceof InterruptedError) {
      return exitCode.interrupted;
    }
    const hint =
      error instanceof UsageError ? `\nSee inpoint ${name && name in commands ? `${name} ` : ''}--help.` : '';
    terminal.note(`inpoint: ${shownError(error, args.includes('--debug'))}${hint}\n`);
    return exitCodeFor(error);
  }

  async function say(text: string): Promise<number> {
    await terminal.write(text);
    return exitCode.ok;
  }
}

interface Command {
  readonly options: NonNullable<ParseArgsConfig['options']>;
  run(positionals: readonly string[], values: Values, context: CommandContext): Promise<number>;
}

type Values = Readonly<Record<string, string | boolean | undefined>>;

const text = { type: 'string' } as const;
const flag = { type: 'boolean' } as const;
const general = { help: { ...flag, short: 'h' }, debug: flag, json: flag, task: text } as const;

const commands: Readonly<Record<CommandName, Command>> = {
  pack: {
    options: {
      ...general,
      output: { ...text, short: 'o' },
      golden: text,
      'with-sagemaker-handler': flag,
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
          task: taskOf(values),
          output: values['output'] as string | undefined,
          golden: values['golden'] as string | undefined,
          withHandler: values['with-sagemaker-handler'] === true,
          card: cardOf(values),
        },
        context,
      ),
  },
  inspect: {
    options: general,
    run: (positionals, values, context) =>
      inspect(positionals, { json: values['json'] === true, task: taskOf(values) }, context),
  },
  verify: {
    options: general,
    run: (positionals, values, context) =>
      verify(positionals, { json: values['json'] === true, task: taskOf(values) }, context),
  },
  predict: {
    options: { ...general, 'top-k': text, options: text },
    run: (positionals, values, context) =>
      predict(
        positionals,
        { json: values['json'] === true, task: taskOf(values), options: optionsOf(values) },
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

function taskOf({ task }: Values): TaskName | undefined {
  if (task === undefined || taskNames.includes(task as TaskName)) return task as TaskName | undefined;
  throw new UsageError(`There is no task ${JSON.stringify(task)}. There are ${taskNames.join(', ')}.`);
}

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
