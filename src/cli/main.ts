#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { runCommand } from './run-command.ts';
import { processTerminal } from './terminal.ts';

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string;
};
const assets = new URL('./', import.meta.url);
const terminal = processTerminal();
process.exitCode = await runCommand(process.argv.slice(2), terminal, { assets, version });
// Input that nobody sends any more would keep the process waiting.
if (terminal.signal.aborted) process.exit();
