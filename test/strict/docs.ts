import { readPages } from '../docs/pages.ts';

/** What this page says to send or to save is tested as it stands there. */
const { blocks, text } = readPages('docs/strict-pages.md')[0]!;

/** The policies of the page, in its order. */
export const policies: readonly string[] = blocks
  .filter(({ language }) => language === 'http')
  .map(({ code }) => code.trim().replace(/^Content-Security-Policy: /, ''));

/** Files of the extension, by their names. */
export const extensionFiles: Readonly<Record<string, string>> = Object.fromEntries(
  blocks.filter(({ info }) => info !== '').map(({ info, code }) => [info, code]),
);

/** What the extension's page says in the end. */
export const said: string | undefined = /^The page says `([^`]+)`/m.exec(text)?.[1];
