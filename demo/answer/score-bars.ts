import type { LabelScore } from 'inpoint';
import { element } from '../element.ts';
import { percentage } from './percentage.ts';

/** The scores of a classification as bars: in a fixed order of labels where one is given, else the likeliest first. */
export class ScoreBars {
  readonly #list: HTMLOListElement;
  readonly #labels: readonly string[] | undefined;
  readonly #rows: Row[] = [];

  constructor(list: HTMLOListElement, labels?: readonly string[]) {
    this.#list = list;
    this.#labels = labels;
    labels?.forEach((label, index) => (this.#row(index).label.textContent = label));
  }

  /** Makes rows for scores that are to come, so that nothing moves when they do. */
  reserve(rows: number): void {
    while (this.#rows.length < rows) this.#addRow();
  }

  /** @param scores the likeliest first */
  show(scores: readonly LabelScore[]): void {
    const rows = scores.map(({ label, score }, rank) => {
      const row = this.#row(this.#labels?.indexOf(label) ?? rank);
      row.label.textContent = label;
      row.score.textContent = percentage(score);
      row.fill.style.transform = `scaleX(${score})`;
      row.item.toggleAttribute('data-likeliest', rank === 0);
      return row;
    });
    if (!this.#labels) for (const { item } of this.#rows.splice(rows.length)) item.remove();
  }

  clear(): void {
    for (const { item, score, fill } of this.#rows) {
      score.textContent = '';
      fill.style.transform = 'scaleX(0)';
      item.removeAttribute('data-likeliest');
    }
  }

  #row(index: number): Row {
    return this.#rows[index] ?? this.#addRow();
  }

  #addRow(): Row {
    const label = element('span', { class: 'bar-label' });
    const fill = element('span', { class: 'bar-fill' });
    const score = element('span', { class: 'bar-score' });
    const item = element('li', {}, label, element('span', { class: 'bar-track', 'aria-hidden': 'true' }, fill), score);
    fill.style.transform = 'scaleX(0)';
    this.#list.append(item);
    const row = { item, label, fill, score };
    this.#rows.push(row);
    return row;
  }
}

interface Row {
  readonly item: HTMLElement;
  readonly label: HTMLElement;
  readonly fill: HTMLElement;
  readonly score: HTMLElement;
}
