import { errorJson } from '../error-json.ts';
import type { TextPiece } from '../generation/options.ts';
import type { DescribeOptions } from '../manifest/index.ts';
import type { CommandContext } from './command.ts';
import { exitCode, UsageError } from './exit-code.ts';
import { inputTask } from './input-task.ts';
import { toPlainJson } from '../plain-json.ts';
import { openArchive } from './open-archive.ts';
import { readInputs } from './read-inputs.ts';
import { showAnswer } from './show-answer.ts';
import { painter, printable, printableLines } from './terminal.ts';

export interface PredictFlags {
  readonly json: boolean;
  readonly describe: DescribeOptions;
  /** As they are given to the task. */
  readonly options: Readonly<Record<string, unknown>>;
}

/** Answers each input in order. A record that cannot be answered gives an error in its place, and exit code 1 at the end. */
export async function predict(
  [file, ...inputs]: readonly string[],
  flags: PredictFlags,
  { terminal, engine }: CommandContext,
): Promise<number> {
  if (!file || inputs.length === 0) {
    throw new UsageError('predict takes an archive and one input or more: inpoint predict model.tar.gz "a text"');
  }
  const { artifact } = await openArchive(file, terminal, flags.describe);
  const model = await engine.load(artifact, flags.describe);
  const asJson = flags.json || inputs.includes('-');
  const paint = painter(terminal);
  let failed = false;
  let first = true;
  try {
    for await (const record of readInputs(inputs, await inputTask(artifact, model.manifest), terminal)) {
      terminal.signal.throwIfAborted();
      const title = inputs.length > 1 || record.label !== inputs[0] ? `${paint.bold(shortLabel(record.label))}\n` : '';
      // A text is shown as it is written.
      const streams = /generation|^translation|^summ/.test(model.manifest.task) && !asJson && !('error' in record);
      if (streams) await terminal.write(`${first ? '' : '\n'}${title}`);
      let shown = Promise.resolve();
      const emit = (piece: unknown): void => {
        if (streams) shown = shown.then(() => terminal.write(printableLines((piece as TextPiece).text)));
      };
      const prediction =
        'error' in record
          ? { kind: 'failure' as const, error: record.error }
          : await model.predict(record.input, flags.options, terminal.signal, emit);
      await shown;
      if (prediction.kind === 'failure') {
        terminal.signal.throwIfAborted();
        failed = true;
        if (asJson) await terminal.write(`${JSON.stringify({ error: errorJson(prediction.error) })}\n`);
        else terminal.note(`inpoint: ${shortLabel(record.label)}: ${printableLines(messageOf(prediction.error))}\n`);
      } else if (asJson) await terminal.write(`${JSON.stringify(toPlainJson(prediction.answer))}\n`);
      else {
        if (streams) await terminal.write('\n');
        else await terminal.write(`${first ? '' : '\n'}${title}${showAnswer(prediction.answer, paint)}`);
        first = false;
      }
    }
  } finally {
    await model.dispose();
  }
  return failed ? exitCode.wrong : exitCode.ok;
}

/** An input that stands on the command line itself may be long. */
function shortLabel(label: string): string {
  return printable(label.length > 80 ? `${label.slice(0, 80)}…` : label);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
