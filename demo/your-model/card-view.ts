import type { Card } from 'inpoint';
import { element } from '../element.ts';

/** What an archive says of itself, as plain text: nothing where it says nothing. */
export function cardView({ config, metrics, readme }: Card): HTMLElement[] {
  const sections: HTMLElement[] = [];
  if (config) sections.push(section('Configuration', table(summary(config), 'config.json')));
  if (metrics) sections.push(section('Metrics', table(entries(metrics), 'metrics.json')));
  if (readme?.trim()) {
    const text = element('pre', { class: 'readme', tabindex: '0', role: 'region', 'aria-label': 'README' }, readme);
    sections.push(section('README', text));
  }
  return sections;
}

function section(title: string, content: HTMLElement): HTMLElement {
  return element('section', { class: 'card' }, element('h3', {}, title), content);
}

function table(rows: [string, string][], caption: string): HTMLElement {
  const body = element('tbody');
  for (const [name, value] of rows.slice(0, mostRows)) {
    body.append(element('tr', {}, element('th', { scope: 'row' }, name), element('td', {}, value)));
  }
  const rest = rows.length > mostRows ? `, ${mostRows} of ${rows.length} entries` : '';
  return element('table', { class: 'facts' }, element('caption', {}, caption + rest), body);
}

const mostRows = 24;

/** The labels by their number and the first of them; the rest of a configuration as it is. */
function summary(config: Readonly<Record<string, unknown>>): [string, string][] {
  const { id2label, label2id: _, ...others } = config;
  const labels = id2label && typeof id2label === 'object' ? Object.values(id2label) : [];
  const some = labels.slice(0, 3).map(String).join(', ');
  const labelRows: [string, string][] =
    labels.length > 0 ? [['labels', labels.length > 3 ? `${labels.length}: ${some}, …` : some]] : [];
  return [...labelRows, ...entries(others)];
}

/** Values within values get the names of both: `held_out / accuracy`. */
function entries(values: Readonly<Record<string, unknown>>, within = ''): [string, string][] {
  return Object.entries(values).flatMap(([key, value]): [string, string][] => {
    const name = within + key;
    if (value && typeof value === 'object' && !Array.isArray(value) && within.length < 60) {
      return entries(value as Record<string, unknown>, `${name} / `);
    }
    return [[name, shown(value)]];
  });
}

function shown(value: unknown): string {
  const text =
    typeof value === 'string'
      ? value
      : Array.isArray(value)
        ? value.map(shown).join(', ')
        : (JSON.stringify(value) ?? '');
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}
