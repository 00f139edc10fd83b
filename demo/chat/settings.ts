import { signal, type ReadonlySignal, type Signal } from '@preact/signals';
import type { GenerationOptions } from 'inpoint';

/** How the visitor wants answers: what is undefined is as the model has it. */
export interface ChatSettings extends Partial<Record<NumberSetting, number>> {
  /** What the model is told before all else. */
  readonly system: string;
  /** Texts that end an answer, one a line. */
  readonly stop: string;
  readonly contextOverflow: 'error' | 'drop-oldest';
  readonly isJson: boolean;
  /** JSON Schema of the answers while `isJson`; blank is any JSON. */
  readonly schema: string;
}

export type NumberSetting =
  | 'temperature'
  | 'topP'
  | 'topK'
  | 'minP'
  | 'repetitionPenalty'
  | 'frequencyPenalty'
  | 'presencePenalty'
  | 'maxTokens'
  | 'seed';

/** What a number may be. */
export interface Range {
  readonly min: number;
  readonly max: number;
  readonly step: number;
}

/** In the order in which they are shown. */
export const numberSettings: Readonly<Record<NumberSetting, Range>> = {
  temperature: { min: 0, max: 2, step: 0.05 },
  maxTokens: { min: 1, max: 8192, step: 1 },
  topP: { min: 0, max: 1, step: 0.01 },
  topK: { min: 0, max: 1000, step: 1 },
  minP: { min: 0, max: 1, step: 0.01 },
  repetitionPenalty: { min: 0.5, max: 2, step: 0.05 },
  frequencyPenalty: { min: -2, max: 2, step: 0.1 },
  presencePenalty: { min: -2, max: 2, step: 0.1 },
  seed: { min: 0, max: 4_294_967_295, step: 1 },
};

const first: ChatSettings = {
  system: '',
  stop: '',
  contextOverflow: 'drop-oldest',
  isJson: false,
  schema: `{
  "type": "object",
  "properties": {
    "title": { "type": "string", "maxLength": 40 },
    "mood": { "enum": ["happy", "calm", "sad"] },
    "stars": { "type": "integer", "minimum": 1, "maximum": 5 }
  },
  "required": ["title", "mood", "stars"],
  "additionalProperties": false
}`,
};

/** Where they are kept. */
const key = 'inpoint-chat-settings';

const current: Signal<ChatSettings> = signal(kept());

export const settings: ReadonlySignal<ChatSettings> = current;

/** Changes some of them, and keeps them for the next visit. */
export function changeSettings(changes: Partial<ChatSettings>): void {
  current.value = { ...current.peek(), ...changes };
  try {
    localStorage.setItem(key, JSON.stringify(current.peek()));
  } catch {
    // Where nothing may be kept, they last as long as the page.
  }
}

/** Goes back to what the model has, in all but the system prompt and the schema. */
export function resetSampling(): void {
  const { system, isJson, schema } = current.peek();
  current.value = first;
  changeSettings({ system, isJson, schema });
}

/** Whether anything but the system prompt and JSON is other than at first. */
export function isSamplingChanged({ stop, contextOverflow, ...others }: ChatSettings): boolean {
  if (stop !== first.stop || contextOverflow !== first.contextOverflow) return true;
  return numberNames.some((name) => others[name] !== undefined);
}

/** What the schema says, or why it is none; undefined where it is blank. */
export function readSchema(text: string): { readonly schema: unknown } | { readonly problem: string } | undefined {
  if (text.trim() === '') return undefined;
  try {
    const schema: unknown = JSON.parse(text);
    if (typeof schema === 'boolean' || (typeof schema === 'object' && schema !== null && !Array.isArray(schema)))
      return { schema };
    return { problem: 'A JSON Schema is an object, true or false.' };
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) };
  }
}

/** The same as the library takes them. */
export function optionsOf({ stop, contextOverflow, isJson, schema, ...others }: ChatSettings): GenerationOptions {
  const options: GenerationOptions = { contextOverflow };
  for (const name of numberNames) if (others[name] !== undefined) options[name] = others[name];
  const stops = stop.split('\n').filter((line) => line !== '');
  if (stops.length > 0) options.stop = stops;
  if (isJson) {
    const read = readSchema(schema);
    options.responseFormat =
      read && 'schema' in read
        ? { type: 'json_schema', json_schema: { name: 'answer', schema: read.schema as object } }
        : { type: 'json_object' };
  }
  return options;
}

const numberNames = Object.keys(numberSettings) as NumberSetting[];

function kept(): ChatSettings {
  try {
    const read: unknown = JSON.parse(localStorage.getItem(key) ?? '{}');
    return typeof read === 'object' && read !== null ? merged(read as Record<string, unknown>) : first;
  } catch {
    return first;
  }
}

/** What an earlier version of the page kept may not fit any more. */
function merged(read: Record<string, unknown>): ChatSettings {
  const fitting = Object.entries(read).filter(([name, value]) =>
    name in numberSettings
      ? typeof value === 'number' && isWithin(value, numberSettings[name as NumberSetting])
      : name in first && typeof value === typeof first[name as keyof typeof first],
  );
  return { ...first, ...(Object.fromEntries(fitting) as Partial<ChatSettings>) };
}

/** Whether a setting may be this number. */
export function isWithin(value: number, { min, max, step }: Range): boolean {
  return value >= min && value <= max && (step < 1 || Number.isInteger(value));
}
