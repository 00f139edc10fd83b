import { InputError } from '../errors.ts';
import { shown } from '../shown.ts';

/** A function that a model may ask for, in the shape of OpenAI's chat completions. */
export interface Tool {
  readonly type: 'function';
  readonly function: {
    readonly name: string;
    readonly description?: string;
    /** JSON Schema of its arguments. */
    readonly parameters?: Readonly<Record<string, unknown>>;
  };
}

/** What a model asks for. */
export interface ToolCall {
  readonly id: string;
  readonly type: 'function';
  readonly function: {
    readonly name: string;
    /** JSON text, as the model wrote it. */
    readonly arguments: string;
  };
}

/** Whether a model may ask for tools, must, must not, or which one it must. */
export type ToolChoice =
  | 'auto'
  | 'none'
  | 'required'
  | { readonly type: 'function'; readonly function: { readonly name: string } };

/** Looks tools through. @throws {InputError} that names the part at fault */
export function checkTools(given: unknown): readonly Tool[] {
  if (!Array.isArray(given)) throw new InputError('tools', `The option tools is a list, not ${shown(given)}.`);
  for (const [index, tool] of given.entries()) {
    const { type, function: fn } = (tool ?? {}) as { type?: unknown; function?: { name?: unknown } };
    if (type === 'function' && typeof fn?.name === 'string' && /^[\w.-]{1,128}$/.test(fn.name)) continue;
    throw new InputError(
      `tools[${index}]`,
      'A tool is { type: "function", function: { name, description, parameters } }, its name of letters, digits, dots and dashes.',
    );
  }
  return given as Tool[];
}
