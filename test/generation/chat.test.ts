import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { nodeMedia } from '../../src/cli/node-media.ts';
import { Chat, openChat as open, type WriteAnswer } from '../../src/endpoint/chat.ts';
import type { AnswerStream } from '../../src/endpoint/answer-stream.ts';
import type { ChatMessage } from '../../src/generation/messages.ts';
import type { Generation, GenerationOptions, TextPiece } from '../../src/generation/options.ts';
import { loadModel, type Model } from '../../src/model.ts';
import { startWasm } from '../../src/runtime/wasm.ts';
import { artifactOf } from '../task-fixtures.ts';

const dist = new URL('../../dist/', import.meta.url);
const runtime = startWasm({
  assets: dist.href,
  threads: 1,
  wasmBinary: readFileSync(new URL('ort-wasm-simd-threaded.wasm', dist)),
});

let model: Model;
beforeAll(async () => {
  const folder = fileURLToPath(new URL('../fixtures/tasks/text-generation/', import.meta.url));
  model = await loadModel(artifactOf(folder), runtime, { media: nodeMedia(dist) });
});
afterAll(() => model.dispose());

/** An engine without a worker around it, which fails by itself while `isLost`. */
function openChat(messages: readonly ChatMessage[] = [], options: GenerationOptions = { maxTokens: 4 }) {
  const engine = { isLost: false };
  const write: WriteAnswer = async (said, { signal = new AbortController().signal, ...given }, onPiece) => {
    if (engine.isLost) throw new Error('The engine is lost.');
    const prediction = await model.predict(said, given, signal, (piece) => onPiece(piece as TextPiece));
    if (prediction.kind === 'failure') throw prediction.error;
    return prediction.answer as Generation;
  };
  return { chat: new Chat(write, options, messages, undefined), engine };
}

async function read(stream: AnswerStream): Promise<void> {
  for await (const _ of stream);
}

const rolesOf = (chat: Chat): string => chat.messages.map(({ role }) => role[0]).join('');

describe('a conversation', () => {
  test('goes on after what was refused, as if it had not been said', async () => {
    const { chat } = openChat();
    await read(chat.send('Where is it?'));
    const before = chat.export();
    const picture = { role: 'user', content: [{ type: 'image_url', image_url: {} }] } as unknown as ChatMessage;
    await expect(read(chat.send(picture))).rejects.toMatchObject({ field: 'messages[2].content[0]' });
    await expect(read(chat.send('long '.repeat(900)))).rejects.toMatchObject({ field: 'messages' });
    await expect(read(chat.regenerate({ temperature: -1 }))).rejects.toMatchObject({ field: 'temperature' });
    await expect(read(chat.edit(0, 'Who?', { topP: 7 }))).rejects.toMatchObject({ field: 'topP' });
    expect(chat.export()).toEqual(before);
    await read(chat.send('And now?'));
    expect(rolesOf(chat)).toBe('uaua');
  });

  test('keeps what was said, and its last answer, when an engine fails', async () => {
    const { chat, engine } = openChat();
    await read(chat.send('Where is it?'));
    const before = chat.export();
    engine.isLost = true;
    await expect(read(chat.regenerate())).rejects.toThrow('lost');
    await expect(read(chat.edit(0, 'Who?'))).rejects.toThrow('lost');
    expect(chat.export()).toEqual(before);
    await expect(read(chat.send('And now?'))).rejects.toThrow('lost');
    expect(rolesOf(chat)).toBe('uau');
    engine.isLost = false;
    await read(chat.regenerate());
    expect(rolesOf(chat)).toBe('uaua');
  });

  test('goes on after an answer that was stopped before its first word, where roles must alternate', async () => {
    const { chat } = openChat();
    const stop = AbortSignal.abort(new Error('enough'));
    await expect(read(chat.send('Where is it?', { signal: stop }))).rejects.toThrow('enough');
    expect(rolesOf(chat)).toBe('u');
    await read(chat.send('And now?'));
    expect(rolesOf(chat)).toBe('uaua');
    expect(chat.messages[1]!.content).toBe('');
  });

  test('begins with a list of messages, or says what it was given', async () => {
    const { chat } = openChat();
    const write: WriteAnswer = () => Promise.reject(new Error('Nothing is to be written.'));
    const again = await open('made', write, { system: 'Be brief.', messages: chat.export().messages });
    expect(again.messages).toEqual([{ role: 'system', content: 'Be brief.' }]);
    await expect(open('made', write, { messages: chat.export() as never })).rejects.toMatchObject({
      code: 'input-invalid',
      field: 'messages',
    });
  });

  test('goes on at once after its loop was left', async () => {
    const { chat } = openChat([], { maxTokens: 300 });
    for await (const { text } of chat.send('Tell me all.')) if (text !== '') break;
    expect(chat.isAnswering).toBe(false);
    expect(rolesOf(chat)).toBe('ua');
    const stream = chat.send('And more?');
    await stream.cancel();
    expect(rolesOf(chat).slice(0, 3)).toBe('uau');
    await read(chat.regenerate({ maxTokens: 3 }));
    expect(rolesOf(chat)).toBe('uaua');
  });
});
