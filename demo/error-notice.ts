import { InpointError } from 'inpoint';
import { copyButton } from './copy-button.ts';
import { element } from './element.ts';

/** An error in its own words. The second line of its message is a command, to be copied; more lines are notes on it. */
export function errorNotice(title: string, error: unknown): HTMLElement {
  const message = error instanceof Error ? error.message : String(error);
  const [words = '', remedy, ...notes] = message.split('\n');
  const code = error instanceof InpointError ? error.code : error instanceof Error ? error.name : undefined;
  const heading = element('div', { class: 'notice-head' }, element('h3', {}, title));
  if (code) heading.append(element('code', { class: 'tag' }, code));
  const notice = element('div', { class: 'notice' }, heading, element('p', {}, words));
  if (remedy) notice.append(command(remedy));
  for (const note of notes) notice.append(element('p', { class: 'hint' }, note));
  return notice;
}

function command(text: string): HTMLElement {
  const shown = element('pre', { class: 'code', tabindex: '0', role: 'region', 'aria-label': 'Command' }, text);
  const button = element('button', { type: 'button', class: 'small' }, 'Copy the command');
  copyButton(button, shown);
  return element('div', { class: 'notice-command' }, shown, button);
}
