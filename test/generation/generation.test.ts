import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { nodeMedia } from '../../src/cli/node-media.ts';
import type { Generation, GenerationInput, GenerationOptions, TextPiece } from '../../src/generation/options.ts';
import { loadModel, type Model } from '../../src/model.ts';
import { startWasm } from '../../src/runtime/wasm.ts';
import type { ToolChoice } from '../../src/generation/tools.ts';
import { artifactOf } from '../task-fixtures.ts';

const dist = new URL('../../dist/', import.meta.url);
const runtime = startWasm({
  assets: dist.href,
  threads: 1,
  wasmBinary: readFileSync(new URL('ort-wasm-simd-threaded.wasm', dist)),
});
const open = (folder: URL): Promise<Model> =>
  loadModel(artifactOf(fileURLToPath(folder)), runtime, { media: nodeMedia(dist) });

let model: Model;
beforeAll(async () => {
  model = await open(new URL('../fixtures/tasks/text-generation/', import.meta.url));
});
afterAll(() => model.dispose());

async function generate(
  input: GenerationInput,
  options: GenerationOptions & { resume?: number[][] } = {},
  emit: (piece: TextPiece) => void = () => {},
  signal: AbortSignal = new AbortController().signal,
  of: Model = model,
): Promise<Generation> {
  const prediction = await of.predict(input, options, signal, (piece) => emit(piece as TextPiece));
  if (prediction.kind === 'failure') throw prediction.error;
  return prediction.answer as Generation;
}

const question = [{ role: 'user', content: 'Where is the parcel?' }] as const;

describe('a text', () => {
  test('comes in pieces that make the whole, each of its token', async () => {
    const pieces: TextPiece[] = [];
    const { generatedText, usage, choices } = await generate(question, { maxTokens: 40 }, (piece) =>
      pieces.push(piece),
    );
    expect(pieces.map(({ text }) => text).join('')).toBe(generatedText);
    expect(choices).toHaveLength(1);
    expect(pieces.filter(({ token }) => token !== undefined)).toHaveLength(usage.completionTokens);
    expect(usage.totalTokens).toBe(usage.promptTokens + usage.completionTokens);
  });

  test('is the same at each time without a temperature, and with the same seed', async () => {
    const [first, second] = [await generate('The', { maxTokens: 30 }), await generate('The', { maxTokens: 30 })];
    expect(second.generatedText).toBe(first.generatedText);
    expect(first.seed).toBeUndefined();
    const drawn = await generate('The', { maxTokens: 30, temperature: 12 });
    const again = await generate('The', { maxTokens: 30, temperature: 12, seed: drawn.seed! });
    const other = await generate('The', { maxTokens: 30, temperature: 12, seed: drawn.seed! + 1 });
    expect(again.generatedText).toBe(drawn.generatedText);
    expect(other.generatedText).not.toBe(drawn.generatedText);
  });

  test('never has half of a character in a piece', async () => {
    for (let seed = 0; seed < 20; seed++) {
      const pieces: string[] = [];
      const { generatedText } = await generate(
        '안녕',
        {
          maxTokens: 40,
          temperature: 1,
          seed,
          logitBias: Object.fromEntries(Array.from({ length: 64 }, (_, index) => [128 + index, 8])),
        },
        ({ text }) => pieces.push(text),
      );
      expect(pieces.join('')).toBe(generatedText);
      expect(pieces.every((piece) => !/[\uD800-\uDBFF]$/.test(piece))).toBe(true);
    }
  });

  test('ends before a stop text, whatever tokens it comes in', async () => {
    const whole = await generate('Once', { maxTokens: 60 });
    const stop = Array.from(whole.generatedText).slice(10, 14).join('');
    const { generatedText, finishReason } = await generate('Once', { maxTokens: 60, stop });
    expect(generatedText).toBe(whole.generatedText.slice(0, whole.generatedText.indexOf(stop)));
    expect(finishReason).toBe('stop');
    expect(whole.finishReason).toBe('length');
  });

  test('has as many answers as are asked for, each of its own, and one as without', async () => {
    const options = { maxTokens: 12, temperature: 12, seed: 5 };
    const { choices } = await generate(question, { ...options, n: 4 });
    expect(new Set(choices.map(({ text }) => text)).size).toBe(4);
    expect(choices[0]!.text).toBe((await generate(question, options)).generatedText);
  });

  test('tells how likely its tokens were', async () => {
    const { choices } = await generate('The', { maxTokens: 5, temperature: 0, topLogprobs: 3 });
    for (const { token, logprob, topLogprobs } of choices[0]!.logprobs!) {
      expect(topLogprobs![0]).toEqual({ token, logprob });
      expect(topLogprobs!.reduce((sum, one) => sum + Math.exp(one.logprob), 0)).toBeLessThanOrEqual(1 + 1e-6);
    }
  });

  test('of several beams is at least as likely as that of one', async () => {
    const sumOf = async (numBeams: number): Promise<number> => {
      const { choices } = await generate('The parcel', { maxTokens: 8, numBeams, n: 1 });
      return choices[0]!.score!;
    };
    const { choices } = await generate('The parcel', { maxTokens: 8, temperature: 0, logprobs: true });
    const one = choices[0]!.logprobs!;
    const greedy = one.reduce((sum, { logprob }) => sum + logprob, 0) / one.length;
    const four = await sumOf(4);
    expect(four).toBeGreaterThanOrEqual(greedy - 1e-4);
    expect(await sumOf(8)).toBeGreaterThanOrEqual(greedy - 1e-4);
  });

  test('of several beams ends before a stop text, and says so', async () => {
    const pieces: TextPiece[] = [];
    const whole = await generate('The parcel', { maxTokens: 10, numBeams: 2 }, (piece) => pieces.push(piece));
    // Who waits hears of each step, and the text at the end.
    expect(pieces.map(({ text }) => text)).toEqual([...Array<string>(9).fill(''), whole.generatedText]);
    const stop = whole.generatedText.slice(2, 4);
    const { generatedText, finishReason, usage } = await generate('The parcel', { maxTokens: 10, numBeams: 2, stop });
    expect(generatedText).toBe(whole.generatedText.slice(0, whole.generatedText.indexOf(stop)));
    expect(finishReason).toBe('stop');
    expect(usage.completionTokens).toBeLessThan(10);
  });

  test('that was through when an engine was lost gets no more tokens from another', async () => {
    const tokens = Array.from('Parcels', (char) => char.charCodeAt(0));
    const full = await generate(question, { maxTokens: 7, resume: [tokens] });
    expect(full).toMatchObject({ generatedText: 'Parcels', finishReason: 'length', usage: { completionTokens: 7 } });
    const stopped = await generate(question, { maxTokens: 40, stop: 'ls', resume: [tokens] });
    expect(stopped).toMatchObject({ generatedText: 'Parce', finishReason: 'stop', usage: { completionTokens: 7 } });
  });

  test('goes on from where another engine left it: none is said twice, none is lost', async () => {
    const options = { maxTokens: 30, temperature: 1, seed: 3 };
    const whole: TextPiece[] = [];
    const { generatedText } = await generate(question, options, (piece) => whole.push(piece));
    const rest: TextPiece[] = [];
    const tokens = whole.slice(0, 11).map(({ token }) => token!);
    const resumed = await generate(question, { ...options, resume: [tokens] }, (piece) => rest.push(piece));
    expect(resumed.generatedText).toBe(generatedText);
    expect([...whole.slice(0, 11), ...rest]).toEqual(whole);
  });

  test('stops within one token of an abort', async () => {
    const controller = new AbortController();
    let after = 0;
    const stopped = generate(
      question,
      { maxTokens: 500 },
      () => {
        if (controller.signal.aborted) after++;
        else if (++after > 5) {
          controller.abort(new Error('enough'));
          after = 0;
        }
      },
      controller.signal,
    );
    await expect(stopped).rejects.toThrow('enough');
    expect(after).toBe(0);
  });
});

describe('a request', () => {
  test('of an OpenAI client fits as it is', async () => {
    const own = await generate(question, { maxTokens: 10, temperature: 0.5, topP: 0.9, seed: 1 });
    const theirs = await generate({
      model: 'any',
      stream: false,
      messages: question,
      max_tokens: 10,
      temperature: 0.5,
      top_p: 0.9,
      seed: 1,
    } as unknown as GenerationInput);
    expect(theirs.generatedText).toBe(own.generatedText);
  });

  test.each([
    [{ maxTokens: 0 }, 'maxTokens'],
    [{ temperature: -1 }, 'temperature'],
    [{ topP: 2 }, 'topP'],
    [{ stop: '' }, 'stop'],
    [{ n: 1.5 }, 'n'],
    [{ tempreature: 1 }, 'tempreature'],
    [{ logitBias: { a: 1 } }, 'logitBias'],
    [{ stopTokens: [9999] }, 'stopTokens'],
    [{ responseFormat: { type: 'xml' } }, 'responseFormat.type'],
    [{ contextOverflow: 'forget' }, 'contextOverflow'],
    [{ earlyStopping: 'soon' }, 'earlyStopping'],
    [{ parallel_tool_calls: 'no' }, 'parallelToolCalls'],
    [{ templateOptions: 'brief' }, 'templateOptions'],
    [{ numBeams: 2, n: 3 }, 'n'],
    [{ numBeams: 2, responseFormat: { type: 'choice', choices: ['yes'] } }, 'numBeams'],
    [{ numBeams: 2, tools: [{ type: 'function', function: { name: 'f' } }], toolChoice: 'required' }, 'numBeams'],
  ])('with %o names what is wrong', async (options, field) => {
    await expect(generate(question, options as GenerationOptions)).rejects.toMatchObject({
      code: 'input-invalid',
      field,
    });
  });

  test.each([
    [[], 'messages'],
    [[{ role: 'robot', content: 'x' }], 'messages[0].role'],
    [[{ role: 'user', content: 7 }], 'messages[0].content'],
    [[{ role: 'user', content: [{ type: 'image_url', image_url: {} }] }], 'messages[0].content[0]'],
    [{ prompt: [1, 99_999] }, 'prompt'],
    [{ prompt: '' }, 'prompt'],
    [7, 'input'],
  ])('of %o names what is wrong', async (input, field) => {
    await expect(generate(input as never)).rejects.toMatchObject({ code: 'input-invalid', field });
  });

  test('that the context has no room for is refused, or loses its oldest turns', async () => {
    const long = Array.from({ length: 12 }, (_, index) => ({
      role: index % 2 === 0 ? ('user' as const) : ('assistant' as const),
      content: `${index} ${'words and words '.repeat(6)}`,
    }));
    const messages = [{ role: 'system' as const, content: 'Be kind.' }, ...long.slice(0, -1)];
    await expect(generate(messages, { maxTokens: 50 })).rejects.toMatchObject({
      code: 'input-invalid',
      field: 'messages',
    });
    const { usage } = await generate(messages, { maxTokens: 50, contextOverflow: 'drop-oldest' });
    expect(usage.droppedMessages).toBeGreaterThan(0);
    expect(usage.droppedMessages % 2).toBe(0);
    expect(usage.promptTokens + 50).toBeLessThanOrEqual(640);
    const short = [messages[0]!, messages[1]!, messages[2]!, question[0]];
    const roomy = await generate(short, { maxTokens: 4096, stop: '+', contextOverflow: 'drop-oldest' });
    expect(roomy.usage.droppedMessages).toBe(0);
  });

  test('for more than the context holds ends where it does', async () => {
    const { usage, finishReason } = await generate(
      { prompt: Array.from({ length: 600 }, (_, index) => index % 250) },
      { maxTokens: 100 },
    );
    expect(usage.totalTokens).toBeLessThanOrEqual(640);
    expect(finishReason).toBe('length');
  });

  test('for JSON of a schema gets it, whatever the budget', async () => {
    const schema = {
      type: 'object',
      properties: {
        name: { type: 'string' },
        age: { type: 'integer', minimum: 0, maximum: 120 },
        tags: { type: 'array', items: { enum: ['a', 'b'] } },
      },
      required: ['name', 'age', 'tags'],
    };
    for (const maxTokens of [34, 50, 200]) {
      const { generatedText } = await generate(question, {
        maxTokens,
        temperature: 1.3,
        seed: maxTokens,
        responseFormat: { type: 'json_schema', json_schema: { schema } },
      });
      const { name, age, tags } = JSON.parse(generatedText) as { name: string; age: number; tags: string[] };
      expect(typeof name).toBe('string');
      expect(age >= 0 && age <= 120 && Number.isInteger(age)).toBe(true);
      expect(tags.every((tag) => tag === 'a' || tag === 'b')).toBe(true);
    }
    const tooFew = { maxTokens: 8, responseFormat: { type: 'json_schema' as const, json_schema: { schema } } };
    await expect(generate(question, tooFew)).rejects.toMatchObject({ code: 'input-invalid', field: 'maxTokens' });
  });

  test('for a form ends by a token of its own only where the form ends', async () => {
    const schema = { type: 'object', properties: { name: { type: 'string', maxLength: 6 } }, required: ['name'] };
    const responseFormat = { type: 'json_schema' as const, json_schema: { schema } };
    const brace = '}'.charCodeAt(0);
    for (let seed = 0; seed < 5; seed++) {
      const { generatedText, choices } = await generate(question, {
        responseFormat,
        maxTokens: 60,
        temperature: 2,
        seed,
        stopTokens: Array.from('+@;$', (char) => char.charCodeAt(0)),
        logprobs: true,
      });
      expect(JSON.parse(generatedText)).toHaveProperty('name');
      expect(choices[0]!.logprobs!.at(-1)!.token).toBe(brace);
    }
    await expect(generate(question, { responseFormat, stopTokens: [brace] })).rejects.toMatchObject({
      field: 'responseFormat',
    });
  });

  test('for one call at a time ends with the first', async () => {
    const tools = [{ type: 'function' as const, function: { name: 'f' } }];
    const written = '<tool_call>{"name":"f"}</tool_call><tool_call>{"name":"f"}</tool_call>';
    const resume = [Array.from(written, (char) => char.charCodeAt(0))];
    const several = await generate(question, { tools, maxTokens: written.length, resume });
    expect(several.choices[0]!.toolCalls).toHaveLength(2);
    const body = { messages: question, tools, parallel_tool_calls: false, max_tokens: written.length, resume };
    const one = await generate(body);
    expect(one.choices[0]!.toolCalls).toHaveLength(1);
    expect(one).toMatchObject({ generatedText: '', finishReason: 'tool_calls' });
  });

  test('for a form, with tools, gets the form or a call', async () => {
    const parameters = { type: 'object', properties: { city: { enum: ['Seoul'] } }, required: ['city'] };
    const tools = [{ type: 'function' as const, function: { name: 'weather', parameters } }];
    const responseFormat = { type: 'choice' as const, choices: ['{"name":"weather"}', 'no'] };
    const leadTo = (char: string): Promise<Generation> =>
      generate(question, { tools, responseFormat, maxTokens: 90, logitBias: { [char.charCodeAt(0)]: 1000 } });
    const call = await leadTo('<');
    expect(call.finishReason).toBe('tool_calls');
    expect(call.choices[0]!.toolCalls[0]!.function).toEqual({ name: 'weather', arguments: '{"city":"Seoul"}' });
    expect(await leadTo('{')).toMatchObject({ generatedText: '{"name":"weather"}', finishReason: 'stop' });
    expect(await leadTo('n')).toMatchObject({ generatedText: 'no', finishReason: 'stop' });
  });

  test('that must call a tool calls it, in the form of its template', async () => {
    const parameters = {
      type: 'object',
      properties: { city: { enum: ['Seoul', 'Paris'] } },
      required: ['city'],
      additionalProperties: false,
    };
    const tools = [{ type: 'function' as const, function: { name: 'weather', parameters } }];
    const pieces: string[] = [];
    const { message, finishReason, choices, generatedText } = await generate(
      question,
      { tools, toolChoice: 'required', maxTokens: 120 },
      ({ text }) => pieces.push(text),
    );
    expect(finishReason).toBe('tool_calls');
    expect(pieces.length).toBeGreaterThan(10);
    expect([pieces.join(''), generatedText, message.content]).toEqual(['', '', null]);
    expect(message).toMatchObject({ role: 'assistant', tool_calls: choices[0]!.toolCalls });
    const [call] = choices[0]!.toolCalls;
    expect(call!.function.name).toBe('weather');
    expect(['Seoul', 'Paris']).toContain((JSON.parse(call!.function.arguments) as { city: string }).city);
    const back = [...question, message, { role: 'tool' as const, content: '{"rain":true}', tool_call_id: call!.id }];
    expect((await generate(back, { tools, maxTokens: 5 })).usage.promptTokens).toBeGreaterThan(60);
    // Whatever else a schema says, arguments are an object.
    for (const loose of [{}, { type: ['object', 'null'] }, { anyOf: [{ type: 'string' }, { required: ['x'] }] }]) {
      const { choices: made } = await generate(question, {
        tools: [{ type: 'function', function: { name: 'weather', parameters: loose } }],
        toolChoice: 'required',
        maxTokens: 90,
      });
      expect(made[0]!.finishReason).toBe('tool_calls');
      expect(JSON.parse(made[0]!.toolCalls[0]!.function.arguments)).toBeTypeOf('object');
    }
    for (const toolChoice of [{ type: 'function', function: { name: 'clock' } }, 'any'] as ToolChoice[]) {
      await expect(generate(question, { tools, toolChoice })).rejects.toMatchObject({ field: 'toolChoice' });
    }
  });
});

describe('a model that writes one text of another', () => {
  test('takes no messages and no tools, and keeps to a form', async () => {
    const of = await open(new URL('../fixtures/tasks/text2text-generation/', import.meta.url));
    const ask = (input: GenerationInput, options: GenerationOptions): Promise<Generation> =>
      generate(input, options, undefined, undefined, of);
    try {
      const tools = [{ type: 'function' as const, function: { name: 'f' } }];
      await expect(ask('hello', { tools })).rejects.toMatchObject({ field: 'tools' });
      await expect(ask(question, {})).rejects.toMatchObject({ field: 'input' });
      const responseFormat = { type: 'choice' as const, choices: ['yes', 'no'] };
      expect(['yes', 'no']).toContain((await ask('hello', { responseFormat })).generatedText);
    } finally {
      await of.dispose();
    }
  });
});

const shared = new URL('../../../shared/models/', import.meta.url);
describe.skipIf(!existsSync(shared))('models that others made (skipped without ../shared)', () => {
  test('stories260K writes what llama2.c writes, greedily', async () => {
    const stories = await open(new URL('stories260K/', shared));
    const prompt = 'Once upon a time';
    const { generatedText, timings } = await generate(
      prompt,
      { maxTokens: 196, temperature: 0 },
      undefined,
      undefined,
      stories,
    );
    expect(`${prompt}${generatedText}`).toBe(
      readFileSync(new URL('stories260K/golden-greedy-200.txt', shared), 'utf8').trim(),
    );
    expect(timings.tokensPerSecond).toBeGreaterThan(0);
    const tools = [{ type: 'function' as const, function: { name: 'weather' } }];
    for (const input of [prompt, question] as GenerationInput[]) {
      const asked = generate(input, { tools }, undefined, undefined, stories);
      await expect(asked).rejects.toMatchObject({ field: 'tools', message: expect.stringContaining('another model') });
    }
    await stories.dispose();
  });

  test('tiny-random-gpt2, whose cache is fused and whose tokenizer is of another model, takes token ids', async () => {
    const gpt2 = await open(new URL('tiny-random-gpt2/', shared));
    const ask = (input: GenerationInput): Promise<Generation> =>
      generate(input, { maxTokens: 50 }, undefined, undefined, gpt2);
    const first = await ask({ prompt: [1, 2, 3, 4] });
    const again = await ask({ prompt: [1, 2, 3, 4] });
    expect(first.usage.completionTokens).toBeGreaterThan(0);
    expect(again.generatedText).toBe(first.generatedText);
    await expect(ask('Once upon a time')).rejects.toMatchObject({ code: 'input-invalid', field: 'prompt' });
    await gpt2.dispose();
  });
});
