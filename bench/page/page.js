// What the benchmark asks of a page, by name. One page has one rival.
import { besideAnimation } from './animation.js';
import { questionOf } from './questions.js';

let model;
let opened;
const questions = new Map();

/** Made once: what making them takes is no rival's. */
function question(number) {
  if (!questions.has(number)) questions.set(number, questionOf(model, number));
  return questions.get(number);
}

/** Numbers and names that can be compared outside of the page. */
const plain = (reply) => (typeof reply === 'string' || Array.isArray(reply) ? reply : Array.from(reply, Number));

const first = () => (model.task === 'text-generation' ? { prompt: 'Once', tokens: 8 } : question(0));

const actions = {
  /** Makes the first questions beforehand. */
  async prepare(given, count) {
    model = given;
    for (let i = 0; i < count; i++) question(i);
  },

  /** From nothing to the first answer: the rival's own code, its runtime, the model, and one prediction. */
  async start(rival, given) {
    model = given;
    const asked = first();
    const start = performance.now();
    const { open } = await import(`/rivals/${rival}.js`);
    opened = await open(model);
    const openMs = performance.now() - start;
    let firstTokenMs;
    const reply = await opened.predict(asked, () => (firstTokenMs ??= performance.now() - start));
    const ms = performance.now() - start;
    return { ms, openMs, firstTokenMs, answer: plain(reply) };
  },

  /** A start, and some predictions after it. */
  async startAndPredict(rival, given, count) {
    const { answer } = await actions.start(rival, given);
    await actions.answers(count);
    return answer;
  },

  /** Answers of the first questions, to be compared with the others'. */
  async answers(count) {
    const replies = [];
    for (let i = 0; i < count; i++) replies.push(plain(await opened.predict(question(i))));
    return replies;
  },

  /** So many callers, each of whom asks again once it is answered. */
  async loop({ callers, seconds }) {
    const times = [];
    const each = Array.from({ length: callers }, (_, i) => question(i));
    const start = performance.now();
    const end = start + seconds * 1000;
    await Promise.all(
      each.map(async (one) => {
        do {
          const asked = performance.now();
          await opened.predict(one);
          times.push(performance.now() - asked);
        } while (performance.now() < end);
      }),
    );
    const tookMs = performance.now() - start;
    times.sort((a, b) => a - b);
    const quantile = (share) => times[Math.min(times.length - 1, Math.floor(times.length * share))];
    return {
      perSecond: (times.length / tookMs) * 1000,
      p50: quantile(0.5),
      p95: quantile(0.95),
      p99: quantile(0.99),
      calls: times.length,
    };
  },

  /** Answers many rows in the rival's best way; what is compared is every thousandth answer. */
  async batch({ rows, chunk }) {
    const compared = [];
    const start = performance.now();
    for (let done = 0; done < rows; done += chunk) {
      // Of many rows, all are never there at once.
      const each = Array.from({ length: Math.min(chunk, rows - done) }, (_, i) => questionOf(model, done + i));
      const replies = opened.predictMany
        ? await opened.predictMany(each)
        : await Promise.all(each.map((one) => opened.predict(one)));
      compared.push(plain(replies[0]));
    }
    return { perSecond: (rows / (performance.now() - start)) * 1000, answer: compared };
  },

  /** Writes a text, and tells when tokens came. */
  async write({ prompt, tokens }) {
    const start = performance.now();
    const times = [];
    const answer = await opened.predict({ prompt, tokens }, () => times.push(performance.now() - start));
    return {
      firstTokenMs: times[0],
      tokensPerSecond: ((times.length - 1) / (times.at(-1) - times[0])) * 1000,
      tokens: times.length,
      answer,
    };
  },

  async close() {
    await opened.close();
    opened = undefined;
  },

  /** Has the garbage collected, where the browser was started so that it can be. */
  async collectGarbage() {
    for (let i = 0; i < 3; i++) {
      globalThis.gc?.();
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  },

  /** What the page and its workers have, in MB, where the browser tells. */
  async pageMemory() {
    const measured = performance.measureUserAgentSpecificMemory?.();
    const late = new Promise((resolve) => setTimeout(resolve, 8000));
    const result = await Promise.race([measured, late]);
    return result ? result.bytes / 1e6 : null;
  },

  /** Does one of these while an animation runs. */
  besideAnimation: (name, ...args) => besideAnimation(() => actions[name](...args)),
};

globalThis.bench = actions;

/** Where no driver can call them, the server is asked what to do; see bench/site/mailbox.ts. */
async function readMail(page) {
  for (;;) {
    const response = await fetch(`/mail/${page}`);
    const { id, name, args } = await response.json();
    const result = await Promise.resolve(actions[name](...args)).then(
      (value) => ({ value: value ?? null }),
      (error) => ({ error: String(error) }),
    );
    await fetch(`/mail/${page}/${id}`, { method: 'POST', body: JSON.stringify(result) });
  }
}

const page = new URLSearchParams(location.search).get('mail');
if (page) void readMail(page);
document.title = 'ready';
