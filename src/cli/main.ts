#!/usr/bin/env node
import { readFileSync } from 'node:fs';
import { runCommand } from './run-command.ts';
import { processTerminal } from './terminal.ts';

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string;
};
const assets = new URL('./', import.meta.url);
process.exitCode = await runCommand(process.argv.slice(2), processTerminal(), { assets, version });
