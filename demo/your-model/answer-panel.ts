import type { Classification } from 'inpoint';
import { announce } from '../announce.ts';
import { percentage } from '../answer/percentage.ts';
import { ScoreBars } from '../answer/score-bars.ts';
import { duration } from '../duration.ts';
import { element } from '../element.ts';

/** Where a form shows what its endpoint says: an answer with its latency, or an error in words. */
export class AnswerPanel {
  readonly element: HTMLElement;
  readonly #latency: HTMLElement = element('p', { class: 'hint answer-latency' });
  readonly #problem: HTMLElement = element('p', { class: 'problem', role: 'alert' });
  readonly #content: HTMLElement = element('div', { class: 'answer-content' });
  readonly #list: HTMLOListElement = element('ol', { class: 'bars', 'aria-label': 'Answer' });
  readonly #bars: ScoreBars = new ScoreBars(this.#list);

  /** @param labels how many labels the model knows, for an answer of labels */
  constructor(labels = 0) {
    if (labels > 0) {
      this.#bars.reserve(Math.min(labels, defaultTopK));
      this.#content.append(this.#list);
    }
    this.element = element('div', { class: 'answer' }, this.#latency, this.#problem, this.#content);
  }

  /** Shows how a call went; `show` says what of its answer. Resolves when it is shown. */
  async ask<Answer>(call: Promise<Answer>, show: (answer: Answer) => void): Promise<void> {
    const start = performance.now();
    this.element.toggleAttribute('data-busy', true);
    try {
      const answer = await call;
      this.#latency.textContent = `Answered in ${duration(performance.now() - start)}`;
      this.#problem.textContent = '';
      show(answer);
    } catch (error) {
      this.#latency.textContent = '';
      this.#content.replaceChildren();
      this.#problem.textContent = error instanceof Error ? error.message : String(error);
    } finally {
      this.element.removeAttribute('data-busy');
    }
  }

  showLabels({ labels }: Classification): void {
    this.#content.replaceChildren(this.#list);
    this.#bars.show(labels);
    const [first] = labels;
    if (first) announce(`${first.label}, ${percentage(first.score)}`);
  }

  showContent(...content: readonly Node[]): void {
    this.#content.replaceChildren(...content);
    announce('The answer is there.');
  }
}

/** Of `invoke()`. */
const defaultTopK = 5;
