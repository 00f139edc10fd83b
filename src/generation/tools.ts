import { InputError } from '../errors.ts';
import { shown } from '../shown.ts';

/** A function that a model may ask for, in the shape of OpenAI's chat completions. */
export interface Tool {
  readonly type: 'function';
  readonly function: {
    /** Letters, digits, `_`, `-` and `.`; 64 at the most. */
    readonly name: string;
    readonly description?: string;
    /** A JSON Schema of an object; without one, the function takes nothing. */
    readonly parameters?: Readonly<Record<string, unknown>>;
    readonly strict?: boolean | null;
  };
}

/** A call that a model made. */
export interface ToolCall {
  /** What the answer names as `tool_call_id`. */
  readonly id: string;
  readonly type: 'function';
  readonly function: {
    readonly name: string;
    /** JSON, as the model wrote it: check it before use. */
    readonly arguments: string;
  };
}

/** Whether a model may, must or must not call tools, or which one it must call. */
export type ToolChoice =
  | 'auto'
  | 'none'
  | 'required'
  | { readonly type: 'function'; readonly function: { readonly name: string } };

/**
 * Checks the tools of a call.
 *
 * @throws {InputError} on the part at fault, as in `tools[0].function.name`.
 */
export function checkTools(tools: unknown): Tool[] {
  if (!Array.isArray(tools)) {
    throw new InputError(
      'tools',
      `The tools are ${shown(tools)}: pass a list of { type: 'function', function: { name, description, parameters } }.`,
    );
  }
  const names = new Set<string>();
  return tools.map((tool: unknown, index) => {
    const checked = checkTool(tool, `tools[${index}]`);
    const { name } = checked.function;
    const field = `tools[${index}].function.name`;
    if (names.has(name))
      throw new InputError(field, `${field} is ${shown(name)}, as that of another tool is. Rename one.`);
    names.add(name);
    return checked;
  });
}

/**
 * Checks which tools may be called.
 *
 * @throws {InputError} on `toolChoice` when it is no choice, or names a tool that there is not.
 */
export function checkToolChoice(choice: unknown, tools: readonly Tool[]): ToolChoice {
  const field = 'toolChoice';
  if (choice === 'auto' || choice === 'none') return choice;
  if (choice === 'required') {
    if (tools.length > 0) return choice;
    throw new InputError(field, 'toolChoice is "required", and there are no tools. Pass some, or leave it out.');
  }
  const name = part(part(choice)['function'])['name'];
  if (part(choice)['type'] !== 'function' || typeof name !== 'string') {
    throw new InputError(
      field,
      `toolChoice is ${shown(choice)}: use "auto", "none", "required" or { type: 'function', function: { name } }.`,
    );
  }
  if (!tools.some((tool) => tool.function.name === name)) {
    throw new InputError(field, `toolChoice names ${shown(name)}, and no tool has that name.`);
  }
  return { type: 'function', function: { name } };
}

/** The arguments of a call as an object; undefined where they are no JSON, or none of an object. */
export function callArguments(json: string): Readonly<Record<string, unknown>> | undefined {
  // A function that takes nothing may be called with nothing.
  if (json.trim() === '') return {};
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

function checkTool(tool: unknown, at: string): Tool {
  const { type, function: given } = part(tool);
  if (type !== 'function') {
    throw new InputError(`${at}.type`, `${at}.type is ${shown(type)}: functions are the only tools that are known.`);
  }
  const { name, description, parameters } = part(given);
  const field = `${at}.function`;
  if (typeof name !== 'string' || !/^[\w.-]{1,64}$/.test(name)) {
    throw new InputError(
      `${field}.name`,
      `${field}.name is ${shown(name)}: use 1 to 64 letters, digits, "_", "-" and ".".`,
    );
  }
  if (description !== undefined && description !== null && typeof description !== 'string') {
    throw new InputError(`${field}.description`, `${field}.description is ${shown(description)}: pass a string.`);
  }
  const isSchema = typeof parameters === 'object' && parameters !== null && !Array.isArray(parameters);
  if (parameters !== undefined && parameters !== null && !isSchema) {
    throw new InputError(
      `${field}.parameters`,
      `${field}.parameters is ${shown(parameters)}: pass a JSON Schema such as { type: 'object', properties: {} }.`,
    );
  }
  const schemaType = part(parameters)['type'];
  if (schemaType !== undefined && ![schemaType].flat().includes('object')) {
    throw new InputError(
      `${field}.parameters`,
      `${field}.parameters is a schema of the type ${shown(schemaType)}: a function takes an object, { type: 'object', properties: {} }.`,
    );
  }
  return {
    type: 'function',
    function: {
      name,
      // Templates write them without asking whether they are there.
      description: description ?? '',
      parameters: isSchema ? (parameters as Record<string, unknown>) : { type: 'object', properties: {} },
    },
  };
}

/** The members of a value, none where it has none. */
function part(value: unknown): Readonly<Partial<Record<string, unknown>>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
