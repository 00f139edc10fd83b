import { describe, expect, test } from 'vitest';
import { InputError, ManifestError } from '../errors.ts';
import { createChatTemplate, type ChatTemplateFiles, type RenderOptions } from './chat-template.ts';
import { checkMessages } from './messages.ts';
import { checkTools } from './tools.ts';

/** The formats of well-known models, written anew and as short as they get. */
const chatMl = `{%- for message in messages %}
    {{- '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>\\n' }}
{%- endfor %}
{%- if add_generation_prompt %}{{- '<|im_start|>assistant\\n' }}{%- if enable_thinking is defined and not enable_thinking %}{{- '<think></think>' }}{%- endif %}{%- endif %}`;

const hermes = `{%- if tools %}
    {{- '<|im_start|>system\\nYou may call:' }}
    {%- for tool in tools %}{{- '\\n' }}{{- tool | tojson }}{%- endfor %}
    {{- '\\nas <tool_call>{"name": …, "arguments": …}</tool_call><|im_end|>\\n' }}
{%- endif %}
{%- for message in messages %}
    {{- '<|im_start|>' + ('user' if message.role == 'tool' else message.role) }}
    {%- if message.content %}{{- '\\n' + message.content }}{%- endif %}
    {%- for call in message.tool_calls or [] %}
        {{- '\\n<tool_call>{"name": "' + call.function.name + '", "arguments": ' }}{{- call.function.arguments | tojson }}{{- '}</tool_call>' }}
    {%- endfor %}
    {{- '<|im_end|>\\n' }}
{%- endfor %}
{%- if add_generation_prompt %}{{- '<|im_start|>assistant\\n' }}{%- endif %}`;

const llama = `{{- bos_token }}
{%- for message in messages %}
    {{- '<|start_header_id|>' + message['role'] + '<|end_header_id|>\\n\\n' + message['content'] | trim + '<|eot_id|>' }}
{%- endfor %}
{%- if add_generation_prompt %}{{- '<|start_header_id|>assistant<|end_header_id|>\\n\\n' }}{%- endif %}`;

const mistral = `{{- bos_token }}
{%- for message in messages %}
    {%- if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}
        {{- raise_exception('Conversation roles must alternate user/assistant/user/assistant/...') }}
    {%- endif %}
    {%- if message['role'] == 'user' %}
        {{- '[INST] ' + message['content'] + ' [/INST]' }}
    {%- else %}
        {{- ' ' + message['content'] + eos_token }}
    {%- endif %}
{%- endfor %}`;

const gemma = `{{ bos_token }}{% if messages[0]['role'] == 'system' %}{{ raise_exception('System role not supported') }}{% endif %}
{% for message in messages %}
{% set role = 'model' if message['role'] == 'assistant' else message['role'] %}
{{ '<start_of_turn>' + role + '\\n' + message['content'] | trim + '<end_of_turn>' }}
{% endfor %}
{% if add_generation_prompt %}{{ '<start_of_turn>model\\n' }}{% endif %}`;

const zephyr = `{% for message in messages %}
{{ '<|' + message['role'] + '|>\\n' + message['content'] + eos_token }}
{% endfor %}
{% if add_generation_prompt %}
{{ '<|assistant|>' }}
{% endif %}`;

const talk = [
  { role: 'user', content: 'Hello' },
  { role: 'assistant', content: 'Hi!' },
  { role: 'user', content: 'Who are you? ' },
];
const special = { bos_token: '<s>', eos_token: { content: '</s>', lstrip: false } };

function write(
  template: unknown,
  messages: unknown = talk,
  options: RenderOptions = {},
  files: Partial<ChatTemplateFiles> = {},
): string {
  return createChatTemplate({ tokenizerConfig: { ...special, chat_template: template }, ...files }).render(
    checkMessages(messages),
    options,
  );
}

test.each([
  [
    'ChatML',
    chatMl,
    '<|im_start|>user\nHello<|im_end|>\n<|im_start|>assistant\nHi!<|im_end|>\n<|im_start|>user\nWho are you? <|im_end|>\n<|im_start|>assistant\n',
  ],
  [
    'Llama 3',
    llama,
    '<s><|start_header_id|>user<|end_header_id|>\n\nHello<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\nHi!<|eot_id|><|start_header_id|>user<|end_header_id|>\n\nWho are you?<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n',
  ],
  ['Mistral', mistral, '<s>[INST] Hello [/INST] Hi!</s>[INST] Who are you?  [/INST]'],
  [
    'Gemma',
    gemma,
    '<s><start_of_turn>user\nHello<end_of_turn>\n<start_of_turn>model\nHi!<end_of_turn>\n<start_of_turn>user\nWho are you?<end_of_turn>\n<start_of_turn>model\n',
  ],
  ['Zephyr', zephyr, '<|user|>\nHello</s>\n<|assistant|>\nHi!</s>\n<|user|>\nWho are you? </s>\n<|assistant|>\n'],
])('createChatTemplate() writes a conversation as the template of %s does', (_, template, expected) => {
  expect(write(template)).toBe(expected);
});

describe('createChatTemplate()', () => {
  test('passes on what a template asks for besides', () => {
    const options = { templateOptions: { enable_thinking: false } };
    expect(write(chatMl, talk, options)).toMatch(/assistant\n<think><\/think>$/);
    const documents = { documents: [{ title: 'A', text: 'B' }] };
    expect(write('{{ documents | tojson }}', talk, { templateOptions: documents })).toBe(
      '[{"title": "A", "text": "B"}]',
    );
    expect(write('{{ documents is none }}{{ tools is none }}')).toBe('truetrue');
  });

  test('gives the time to a template that writes it', () => {
    const files = { now: () => new Date(2025, 0, 2) };
    expect(write('{{ strftime_now("%d %b %Y") }}', talk, {}, files)).toBe('02 Jan 2025');
  });

  test('takes a file before the configuration, and of several the one for tools where there are tools', () => {
    expect(write('config', talk, {}, { templateFile: 'file' })).toBe('file');
    const named = [
      { name: 'default', template: 'plain' },
      { name: 'tool_use', template: '{{ tools | length }} tools: {{ tools[0].function.name }}' },
      { name: 'rag', template: '{% for %}' },
    ];
    const tools = checkTools([{ type: 'function', function: { name: 'f' } }]);
    expect(write(named)).toBe('plain');
    expect(write(named, talk, { tools })).toBe('1 tools: f');
    expect(write(named.slice(1, 2), talk, { tools })).toBe('1 tools: f');
    expect(createChatTemplate({ tokenizerConfig: { chat_template: named } }).toolSource).toBe(named[1]!.template);
  });

  test('writes tools, calls and answers as the template does', () => {
    const tools = checkTools([{ type: 'function', function: { name: 'sum', description: 'Adds.' } }]);
    const messages = [
      { role: 'user', content: '1 and 2?' },
      {
        role: 'assistant',
        content: null,
        tool_calls: [{ id: 'c1', type: 'function', function: { name: 'sum', arguments: '{"of":[1,2]}' } }],
      },
      { role: 'tool', tool_call_id: 'c1', content: '3' },
    ];
    expect(write(hermes, messages, { tools })).toBe(
      `<|im_start|>system
You may call:
{"type": "function", "function": {"name": "sum", "description": "Adds.", "parameters": {"type": "object", "properties": {}}}}
as <tool_call>{"name": …, "arguments": …}</tool_call><|im_end|>
<|im_start|>user
1 and 2?<|im_end|>
<|im_start|>assistant
<tool_call>{"name": "sum", "arguments": {"of": [1, 2]}}</tool_call><|im_end|>
<|im_start|>user
3<|im_end|>
<|im_start|>assistant
`,
    );
    // Templates of other models join the arguments to a text.
    const joined = `{% for message in messages %}{% for call in message.tool_calls or [] %}{{ call.function.name + ':' + call.function.arguments }}{% endfor %}{% endfor %}`;
    expect(write(joined, messages)).toBe('sum:{"of":[1,2]}');
    // And others the content, which there is none of.
    const trimmed = `{% for message in messages %}{{ message.content | trim }}{% for call in message.tool_calls or [] %}{{ call.function.arguments.of | tojson }}{% endfor %};{% endfor %}`;
    expect(write(trimmed.replace('.of', ''), messages)).toBe('1 and 2?;{"of": [1, 2]};3;');
  });

  test('refuses tools where the template has no place for them', () => {
    const tools = checkTools([{ type: 'function', function: { name: 'f' } }]);
    for (const template of [chatMl, undefined, "{{ messages[0].tools or '' }}"]) {
      const render = (): string => write(template, talk, { tools });
      expect(render).toThrow(InputError);
      expect(render).toThrow(expect.objectContaining({ field: 'tools' }));
    }
    expect(createChatTemplate({ tokenizerConfig: { chat_template: chatMl } }).takesTools).toBe(false);
    expect(createChatTemplate({ tokenizerConfig: { chat_template: hermes } }).takesTools).toBe(true);
  });

  test('gives a text in parts to a template that takes it so', () => {
    const parts = `{% for message in messages %}{% for part in message.content %}{% if part.type == 'text' %}{{ '[' + part.text + ']' }}{% endif %}{% endfor %}{% endfor %}`;
    expect(write(parts)).toBe('[Hello][Hi!][Who are you? ]');
    const both = `{% for message in messages %}{% if message.content is string %}{{ message.content }}{% else %}{{ message.content[0]['text'] }}!{% endif %}{% endfor %}`;
    expect(write(both, talk.slice(0, 1))).toBe('Hello');
  });

  test('gives a developer the role that the template knows', () => {
    const messages = [{ role: 'developer', content: 'Be brief.' }];
    expect(write('{{ messages[0].role }}', messages)).toBe('system');
    expect(write('{# developer #}{{ messages[0].role }}', messages)).toBe('developer');
  });

  test("gives the template's own words when it refuses", () => {
    const refuse = (): string => write(gemma, [{ role: 'system', content: 'x' }]);
    expect(refuse).toThrow(InputError);
    expect(refuse).toThrow('refuses the messages: System role not supported');
    expect(() => write(mistral, talk.slice(1))).toThrow('Conversation roles must alternate');
  });

  test('says which template is broken, and how', () => {
    for (const broken of ['{% for %}', '{{ messages | nothing }}', '{% for i in range(10 ** 9) %}{% endfor %}']) {
      const render = (): string => write(broken);
      expect(render).toThrow(ManifestError);
      expect(render).toThrow(expect.objectContaining({ code: 'file-invalid' }));
      expect(render).toThrow('chat template "default"');
    }
    for (const wrong of [
      7,
      [{ name: 'default' }],
      [null],
      [
        { name: 'a', template: '' },
        { name: 'b', template: '' },
      ],
    ]) {
      expect(() => write(wrong)).toThrow(/^chat_template of tokenizer_config.json /);
    }
  });

  test('writes plainly where there is no template', () => {
    const template = createChatTemplate({ tokenizerConfig: {} });
    expect(template).toMatchObject({ source: undefined, addsSpecial: true, takesTools: false });
    expect(template.stop).toContain('\nUser:');
    expect(write(undefined, [{ role: 'system', content: 'Be brief.' }, ...talk])).toBe(
      'System: Be brief.\nUser: Hello\nAssistant: Hi!\nUser: Who are you? \nAssistant:',
    );
    expect(() => write(undefined, [{ role: 'tool', content: '' }])).toThrow(
      expect.objectContaining({ field: 'messages[0].role' }),
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
    let said: string;
    try {
      said = write(undefined, talk, {}, { templateFile });
    } catch (error) {
      expect((error as { code: string }).code).toBe('file-invalid');
      return;
    }
    expect(said).not.toMatch(/function|native|\[object/i);
  });
});
