import { toPlainJson } from '../../plain-json.ts';
import type { ResultWriter } from './result-writer.ts';

/**
 * Writes a line of JSON a result. Typed arrays become lists, NaN and infinite numbers null.
 * Source: jsonlines.org.
 */
export function writeJsonLines(): ResultWriter {
  const encoder = new TextEncoder();
  return {
    isClean: true,
    state: undefined,
    write(results) {
      let text = '';
      for (const { output } of results) text += `${JSON.stringify(toPlainJson(output)) ?? 'null'}\n`;
      return encoder.encode(text);
    },
    end: () => new Uint8Array(),
  };
}
