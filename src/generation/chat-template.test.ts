import { describe, expect, test } from 'vitest';
import { createChatTemplate } from './chat-template.ts';
import type { ChatMessage } from './messages.ts';
import type { Tool } from './tools.ts';

const talk: ChatMessage[] = [
  { role: 'system', content: 'Be kind.' },
  { role: 'user', content: 'Hello' },
  { role: 'assistant', content: 'Hi!' },
  { role: 'user', content: 'Bye' },
];
const plain = { tools: [], addGenerationPrompt: true, options: {} };
const chatMl =
  "{% for m in messages %}<|im_start|>{{ m['role'] }}\n{{ m['content'] }}<|im_end|>\n{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}";
const turns =
  "{{ bos_token }}{% if messages[0]['role'] == 'system' %}{% set system = messages[0]['content'] + '\n\n' %}{% set rest = messages[1:] %}{% else %}{% set system = '' %}{% set rest = messages %}{% endif %}{% for m in rest %}{% if (m['role'] == 'user') != (loop.index0 % 2 == 0) %}{{ raise_exception('Roles must alternate') }}{% endif %}{% if m['role'] == 'user' %}[INST] {{ (system if loop.first else '') + m['content'] | trim }} [/INST]{% else %}{{ m['content'] | trim }}{{ eos_token }}{% endif %}{% endfor %}";

describe('createChatTemplate()', () => {
  test.each([
    [
      'a string of tokenizer_config.json',
      { chat_template: chatMl },
      '<|im_start|>system\nBe kind.<|im_end|>\n<|im_start|>user\nHello<|im_end|>\n<|im_start|>assistant\nHi!<|im_end|>\n<|im_start|>user\nBye<|im_end|>\n<|im_start|>assistant\n',
    ],
    [
      'one with tokens, slices and filters',
      { chat_template: turns, bos_token: '<s>', eos_token: { content: '</s>' } },
      '<s>[INST] Be kind.\n\nHello [/INST]Hi!</s>[INST] Bye [/INST]',
    ],
    ['none', {}, 'System: Be kind.\nUser: Hello\nAssistant: Hi!\nUser: Bye\nAssistant:'],
  ])('renders %s', (_, tokenizerConfig, expected) => {
    expect(createChatTemplate({ tokenizerConfig }).render(talk, plain)).toBe(expected);
  });

  test('takes a file of its own before that of the configuration', () => {
    const template = createChatTemplate({
      tokenizerConfig: { chat_template: chatMl },
      templateFile: '{{ messages[1].content }}',
    });
    expect(template.render(talk, plain)).toBe('Hello');
  });

  test('takes of several the one for tools where there are tools', () => {
    const tokenizerConfig = {
      chat_template: [
        { name: 'default', template: 'no tools' },
        { name: 'tool_use', template: '{{ tools[0].function.name }} {{ tools | tojson }}' },
      ],
    };
    const tools: Tool[] = [{ type: 'function', function: { name: 'weather' } }];
    const template = createChatTemplate({ tokenizerConfig });
    expect(template.render(talk, plain)).toBe('no tools');
    expect(template.render(talk, { ...plain, tools })).toContain('weather [{"type": "function"');
  });

  test('gives the arguments of a call as an object', () => {
    const message: ChatMessage = {
      role: 'assistant',
      content: null,
      tool_calls: [{ id: '1', type: 'function', function: { name: 'f', arguments: '{"city":"Seoul"}' } }],
    };
    const templateFile = '{{ messages[0].tool_calls[0].function.arguments.city }}';
    expect(createChatTemplate({ tokenizerConfig: {}, templateFile }).render([message], plain)).toBe('Seoul');
  });

  test('says in its own words what a template refuses', () => {
    const template = createChatTemplate({ tokenizerConfig: { chat_template: turns, bos_token: '', eos_token: '' } });
    expect(() => template.render(talk.slice(0, 3), plain)).not.toThrow();
    expect(() => template.render([talk[1]!, talk[1]!], plain)).toThrow(/Roles must alternate/);
  });

  test('refuses what is no template, and one that is too large', () => {
    expect(() => createChatTemplate({ tokenizerConfig: { chat_template: '{% for x in %}' } })).toThrow(
      /cannot be read/,
    );
    expect(() => createChatTemplate({ tokenizerConfig: { chat_template: 'x'.repeat(300_000) } })).toThrow(
      /300000 characters, more than/,
    );
  });

  test.each([
    '{{ messages.constructor }}',
    "{{ ''.constructor.constructor('return globalThis')() }}",
    "{{ messages[0]['__proto__'] }}",
    '{{ raise_exception.constructor("return 1")() }}',
    '{{ globalThis }}',
    "{{ messages[0].content.constructor.constructor('return process')() }}",
  ])('lets a hostile one reach nothing: %s', (templateFile) => {
    const template = createChatTemplate({ tokenizerConfig: {}, templateFile });
    let said: string;
    try {
      said = template.render(talk, plain);
    } catch (error) {
      expect((error as { code: string }).code).toBe('input-invalid');
      return;
    }
    expect(said).not.toMatch(/function|native|\[object/i);
  });
});
