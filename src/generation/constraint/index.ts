import { InputError } from '../../errors.ts';
import { shown } from '../../shown.ts';
import type { ToolFormat } from '../tool-calls.ts';
import type { Tool, ToolChoice } from '../tools.ts';
import { utf8 } from './code-points.ts';
import { GrammarBuilder, type Grammar, type Sequence } from './grammar.ts';
import { anyObjectRules, jsonSchemaRules } from './json-schema.ts';
import { regexRules } from './regex-rules.ts';
import { parseRegex } from './regex.ts';

/**
 * The grammar of what an answer has to be; undefined where it may be any text.
 *
 * @param choice tools that must be asked for, and how the model writes that
 * @throws {InputError} that names what is not supported
 */
export function compileConstraint(
  format: unknown,
  { tools, toolChoice, toolFormat }: { tools: readonly Tool[]; toolChoice: ToolChoice; toolFormat: ToolFormat },
): Grammar | undefined {
  if (toolChoice !== 'auto' && toolChoice !== 'none') return toolGrammar(tools, toolChoice, toolFormat);
  if (format === undefined) return undefined;
  if (typeof format !== 'object' || format === null) {
    throw new InputError('responseFormat', `The option responseFormat is an object with a type, not ${shown(format)}.`);
  }
  const { type, json_schema: wanted, regex, choices } = format as Readonly<Record<string, unknown>>;
  switch (type) {
    case 'text':
      return undefined;
    case 'json_object': {
      const builder = new GrammarBuilder('responseFormat');
      return builder.build(anyObjectRules(builder));
    }
    case 'json_schema': {
      const { schema } = (wanted ?? {}) as { schema?: unknown };
      if (schema === undefined) {
        throw new InputError(
          'responseFormat.json_schema',
          "The responseFormat has no schema: { type: 'json_schema', json_schema: { schema: { … } } }.",
        );
      }
      const builder = new GrammarBuilder('schema');
      return builder.build(jsonSchemaRules(builder, schema, 'responseFormat.json_schema.schema'));
    }
    case 'regex': {
      if (typeof regex !== 'string') {
        throw new InputError('responseFormat.regex', `The regex is a text, not ${shown(regex)}.`);
      }
      const builder = new GrammarBuilder('regex');
      const { node } = parseRegex(regex, 'responseFormat.regex');
      return builder.build(regexRules(builder, node, (ranges) => utf8(ranges)));
    }
    case 'choice': {
      const all: readonly unknown[] = Array.isArray(choices) ? choices : [];
      if (all.length === 0 || !all.every((one) => typeof one === 'string' && one !== '')) {
        throw new InputError(
          'responseFormat.choices',
          'The choices are a list of texts, one or more, none of them empty.',
        );
      }
      const builder = new GrammarBuilder('choices');
      return builder.build([builder.rule(...(all as string[]).map((one) => builder.literal(one)))]);
    }
    default:
      throw new InputError(
        'responseFormat.type',
        `The type of a responseFormat is text, json_object, json_schema, regex or choice, not ${shown(type)}.`,
      );
  }
}

/** A call of one of the tools, as the model would write it. */
function toolGrammar(
  tools: readonly Tool[],
  choice: Exclude<ToolChoice, 'auto' | 'none'>,
  format: ToolFormat,
): Grammar {
  const wanted = typeof choice === 'object' ? choice.function?.name : undefined;
  const callable = tools.filter((tool) => wanted === undefined || tool.function.name === wanted);
  if (callable.length === 0) {
    throw new InputError(
      'toolChoice',
      wanted === undefined
        ? `The toolChoice is auto, none, required, or { type: 'function', function: { name } } of one of the tools; there are none, or it is ${shown(choice)}.`
        : `The toolChoice names ${shown(wanted)}, which is none of the tools.`,
    );
  }
  const builder = new GrammarBuilder('tools');
  const calls = callable.map(({ function: { name, parameters } }): Sequence => {
    const given = jsonSchemaRules(builder, parameters ?? { type: 'object' }, `tools.${name}.parameters`);
    return [...builder.literal(`{"name": ${JSON.stringify(name)}, "arguments": `), ...given, ...builder.literal('}')];
  });
  const [before, after] = around[format];
  return builder.build([...builder.literal(before), builder.rule(...calls), ...builder.literal(after)]);
}

const around: Readonly<Record<ToolFormat, readonly [before: string, after: string]>> = {
  tagged: ['<tool_call>\n', '\n</tool_call>'],
  listed: ['[TOOL_CALLS] [', ']'],
  plain: ['', ''],
};
