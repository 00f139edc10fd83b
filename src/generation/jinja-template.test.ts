import { describe, expect, test } from 'vitest';
import { createJinjaTemplate, TemplateRefusal } from './jinja-template.ts';

describe('createJinjaTemplate()', () => {
  test('writes what a template says, with the functions that chat templates have', () => {
    const now = (): Date => new Date(2024, 6, 4, 15, 5, 9);
    const write = (source: string): string => createJinjaTemplate(source, { now }).render({ names: ['a', 'b'] });
    expect(write('{% for name in names %}\n{{ loop.index }}{{ name }}\n{% endfor %}')).toBe('1a\n2b\n');
    expect(write('{{ range(3) | tojson }}{{ range(5, 0, -2) | tojson }}')).toBe('[0, 1, 2][5, 3, 1]');
    expect(write('{{ strftime_now("%d %b %Y, %A %B %-d %H:%M:%S %I %p %y %a 100%% %Q") }}')).toBe(
      '04 Jul 2024, Thursday July 4 15:05:09 03 PM 24 Thu 100% %Q',
    );
    expect(
      write('{% set n = namespace(all="") %}{% for x in names %}{% set n.all = n.all ~ x %}{% endfor %}{{ n.all }}'),
    ).toBe('ab');
    expect(write('{{ missing }}{{ none is none }}{{ True }}')).toBe('truetrue');
  });

  test('loops over what is undefined as over an empty list', () => {
    const write = (source: string): string => createJinjaTemplate(source).render({ message: { content: null } });
    const loop = (over: string): string => `{% for x in ${over} %}{{ x }}{% else %}none{% endfor %}`;
    expect(write(loop('message.tool_calls'))).toBe('none');
    expect(write(loop('missing if x'))).toBe('none');
    expect(() => write(loop('message.content'))).toThrow(/iterable/);
  });

  test('lets a variable have the name of a function', () => {
    expect(createJinjaTemplate('{{ range }}').render({ range: 'x' })).toBe('x');
  });

  test('throws what a template refuses with', () => {
    const template = createJinjaTemplate('{% for x in [1] %}{{ raise_exception("Roles must alternate") }}{% endfor %}');
    expect(() => template.render({})).toThrow(new TemplateRefusal('Roles must alternate'));
  });
});

describe('createJinjaTemplate() keeps a hostile template', () => {
  const write = (source: string): string => {
    // A tenth of the time is enough.
    const template = createJinjaTemplate(source, { clock: () => performance.now() * 10 });
    return template.render({ messages: [{ role: 'user', content: 'Hello' }], text: 'x' });
  };

  test.each([
    '{{ messages.constructor }}',
    '{{ messages.__proto__ }}',
    '{{ messages[0].constructor }}',
    "{{ messages[0]['__proto__'] }}",
    "{{ messages[0]['hasOwnProperty'] }}",
    '{{ text.constructor }}',
    "{{ text['__proto__'] }}",
    '{{ range.constructor }}',
    '{{ range.prototype }}',
    '{{ namespace.__class__ }}',
    '{{ (1).constructor }}',
    '{{ globalThis }}{{ self }}{{ process }}{{ window }}',
  ])('from the objects of JavaScript: %s', (source) => expect(write(source)).toBe(''));

  test.each([
    '{{ messages.constructor.constructor("return 1")() }}',
    '{{ range.constructor("return 1")() }}',
    '{% set messages[0].role = "x" %}',
    '{{ text.toString() }}',
  ])('from calling them: %s', (source) => expect(() => write(source)).toThrow());

  test('from changing what it was given', () => {
    const messages = [{ role: 'user' }];
    const source = '{% set n = namespace(messages[0]) %}{% set n.role = "x" %}{% set messages = [] %}{{ n.role }}';
    expect(createJinjaTemplate(source).render({ messages })).toBe('x');
    expect(messages).toEqual([{ role: 'user' }]);
  });

  const loops = (body: string): string =>
    Array.from('abcd').reduce((inner, name) => `{% for ${name} in range(60000) %}${inner}{% endfor %}`, body);
  test.each<[words: string, source: string]>([
    ['more than 65536', '{% for i in range(10 ** 10) %}{% endfor %}'],
    ['whole numbers', '{% for i in range(0, 1, 10 ** -10) %}{% endfor %}'],
    ['whole numbers', '{{ range("9") }}'],
    ['a step of 0', '{{ range(0, 1, 0) }}'],
    ['more than 2000 ms', loops('')],
    ['more than 2000 ms', loops('{{ 1 }}')],
    [
      'more than 2000 ms',
      '{% macro f(n) %}{% for i in range(60000) %}{{ f(n) }}{% endfor %}{% endmacro %}'.replace(
        '{{ f(n) }}',
        '{% if n > 0 %}{{ f(n - 1) }}{% endif %}',
      ) + '{{ f(9) }}',
    ],
    [
      'more than 8388608 characters',
      `{% set n = namespace(s="aaaaaaaaaaaaaaaa") %}{% for i in range(40) %}{% set n.s = n.s ~ n.s %}{% endfor %}{{ n.s }}`,
    ],
    [
      // Which of the limits it meets first is a matter of speed.
      'more than ',
      `{% set n = namespace(s=["a"]) %}{% for i in range(40) %}{% set n.s = n.s + n.s %}{% endfor %}`,
    ],
    // Small in memory, and without end when it is written.
    [
      'more than 8388608 characters',
      `{% set n = namespace(s=["a"]) %}{% for i in range(40) %}{% set n.s = [n.s, n.s] %}{% endfor %}{{ n.s }}`,
    ],
    [
      'more than 8388608 characters',
      `{% set n = namespace(s={"a": "b"}) %}{% for i in range(40) %}{% set n.s = {"a": n.s, "b": n.s} %}{% endfor %}{{ n.s | tojson }}`,
    ],
    ['a namespace into', '{% set n = namespace() %}{% set n.s = [n, n] %}{{ n.s | tojson }}'],
    ['a namespace into', '{% set n = namespace() %}{% set n.s = n %}{{ n | tojson }}'],
    ['', '{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}'],
    ['', '{{ "a" | indent(10 ** 12, true) }}'],
  ])('from taking all time and memory: %s (%s)', (words, source) => {
    expect(() => write(source)).toThrow(words);
  });

  test.each<[words: string, source: string]>([
    ['131073 characters', 'x'.repeat(2 ** 17 + 1)],
    ['white space', ' '.repeat(500)],
    ['', `{{ ${'('.repeat(60_000)} }}`],
    ['', '{% if %}'],
    ['', '{{ "unfinished'],
  ])('from being read for ever: %s', (words, source) => {
    expect(() => createJinjaTemplate(source)).toThrow(words);
  });

  test('from being read for ever: what begins as a block does, again and again', () => {
    const run = `${' '.repeat(499)}.`;
    expect(createJinjaTemplate(run.repeat(260)).render({})).toHaveLength(130_000);
    expect(() => createJinjaTemplate(`{%${' '.repeat(498)}`.repeat(260))).toThrow();
  });
});
