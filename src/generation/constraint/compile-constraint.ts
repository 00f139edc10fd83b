import { InputError } from '../../errors.ts';
import { shown } from '../../shown.ts';
import { toolCallMarks, type ToolFormat } from '../tool-calls.ts';
import type { Tool, ToolChoice } from '../tools.ts';
import { schemaField } from './flatten-schema.ts';
import { Grammar } from './grammar.ts';
import { JsonTerms } from './json-terms.ts';
import { regexTerm } from './regex-term.ts';
import { schemaTerm } from './schema-term.ts';
import type { Term, Terms } from './terms.ts';

/**
 * The grammar of what an answer has to be, nothing where it may be any text. It serves any number of answers and models.
 *
 * @param format A `ResponseFormat`, as far as it was looked at.
 * @param choice Tools that may or must be called, and how the model writes that. Those that must go before the format;
 *   where they may, an answer is of the format, or one call by the tool's schema.
 * @throws {InputError} naming what is not supported, what is too complex, or what no answer can be.
 */
export function compileConstraint(
  format: unknown,
  { tools, toolChoice, toolFormat }: { tools: readonly Tool[]; toolChoice: ToolChoice; toolFormat: ToolFormat },
): Grammar | undefined {
  const formatTerm = readFormat(format);
  if (toolChoice !== 'auto' && toolChoice !== 'none') {
    const callable = toolsOf(tools, toolChoice);
    return new Grammar((terms) => toolCallTerm(terms, callable, toolFormat));
  }
  if (!formatTerm) return undefined;
  if (toolChoice === 'none' || tools.length === 0) return new Grammar(formatTerm);
  return new Grammar((terms) => terms.alt([formatTerm(terms), toolCallTerm(terms, tools, toolFormat)]));
}

/** What makes the term of a format; nothing where it may be any text. */
function readFormat(format: unknown): ((terms: Terms) => Term) | undefined {
  if (format === undefined) return undefined;
  if (typeof format !== 'object' || format === null) {
    throw new InputError('responseFormat', `The option responseFormat is an object with a type, not ${shown(format)}.`);
  }
  const { type, json_schema: wanted, regex, choices } = format as Readonly<Record<string, unknown>>;
  switch (type) {
    case 'text':
      return undefined;
    case 'json_object':
      return (terms) => new JsonTerms(terms).object();
    case 'json_schema': {
      const { schema } = (wanted ?? {}) as { schema?: unknown };
      if (typeof schema !== 'boolean' && (typeof schema !== 'object' || schema === null || Array.isArray(schema))) {
        throw new InputError(
          schemaField,
          `The schema is ${shown(schema)}. Give a JSON Schema: { type: 'json_schema', json_schema: { schema: { … } } }.`,
        );
      }
      return (terms) => schemaTerm(terms, schema);
    }
    case 'regex': {
      if (typeof regex !== 'string') {
        throw new InputError('responseFormat.regex', `The regular expression is ${shown(regex)}. Give a text.`);
      }
      return (terms) => regexTerm(terms, regex, { field: 'responseFormat.regex' });
    }
    case 'choice': {
      const isGood = (choice: unknown) => typeof choice === 'string' && choice !== '' && choice.isWellFormed();
      if (!Array.isArray(choices) || choices.length === 0 || !choices.every(isGood)) {
        throw new InputError(
          'responseFormat.choices',
          `The choices are ${shown(choices)}. Give a list of texts, none of them empty.`,
        );
      }
      return (terms) => terms.texts(choices as string[]);
    }
    default:
      throw new InputError(
        'responseFormat.type',
        `The type of the format is ${shown(type)}. Give text, json_object, json_schema, regex or choice.`,
      );
  }
}

/** Those that may be called. */
function toolsOf(tools: readonly Tool[], choice: Exclude<ToolChoice, 'auto' | 'none'>): readonly Tool[] {
  return choice === 'required' ? tools : tools.filter((tool) => tool.function.name === choice.function.name);
}

/** A call of one of the tools, as the model would write it. */
function toolCallTerm(terms: Terms, tools: readonly Tool[], format: ToolFormat): Term {
  const calls = tools.map(({ function: { name, parameters = { type: 'object' } } }, index) => {
    const before = terms.literal(`{"name": ${JSON.stringify(name)}, "arguments": `);
    return terms.seq(before, parametersTerm(terms, name, parameters, `${index} `), terms.literal('}'));
  });
  const [before, after] = toolCallMarks(format);
  return terms.seq(terms.literal(before), terms.alt(calls), terms.literal(after));
}

function parametersTerm(terms: Terms, name: string, parameters: object, scope: string): Term {
  try {
    // Whatever else it says: the arguments of a call are an object.
    return schemaTerm(terms, { ...parameters, type: 'object' }, scope);
  } catch (cause) {
    if (!(cause instanceof InputError) || !cause.field.startsWith(schemaField)) throw cause;
    const field = `tools.${name}.parameters${cause.field.slice(schemaField.length)}`;
    throw new InputError(field, cause.message, { cause });
  }
}
