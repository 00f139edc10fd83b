import type { Engine } from './engine.ts';
import type { Terminal } from './terminal.ts';

/** What every command has at hand. */
export interface CommandContext {
  readonly terminal: Terminal;
  readonly engine: Engine;
  /** The folder of the files that ship beside the program. */
  readonly assets: URL;
  readonly version: string;
}
