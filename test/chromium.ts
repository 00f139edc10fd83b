import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  chromium,
  type Browser,
  type BrowserContext,
  type LaunchOptions,
  type BrowserContextOptions,
} from 'playwright-core';
import { findChromium } from '../scripts/find-chromium.mjs';

/** Whether Chromium says something of itself: so it does where a page asks for WebGPU, and there is no adapter. */
export function isChromiumsOwn(text: string): boolean {
  return text === 'No available adapters.';
}

/**
 * Starts a headless Chromium that asks nobody for anything: the one that `INPOINT_CHROMIUM` names, else the
 * system's, else Playwright's own.
 */
export function launchChromium(extraArgs: readonly string[] = []): Promise<Browser> {
  return chromium.launch({ executablePath: findChromium(), args: [...args, ...extraArgs] });
}

/** A browser with a profile on disk. Disposing ends it and deletes the profile. */
export interface Profile extends AsyncDisposable {
  readonly context: BrowserContext;
  /** Where the profile is, by which its processes are told from those of other browsers. */
  readonly folder: string;
}

/** What a profile is started with. */
export interface ProfileOptions {
  readonly extraArgs?: readonly string[];
  /** What a visitor has chosen in the browser's settings, as its file of preferences has it. */
  readonly preferences?: object;
  /** Where the profile is to be, one of an earlier visit too: then it stays there. @default a new one, which is deleted */
  readonly folder?: string;
}

/** Starts the same Chromium with a new profile, for what it does not do in the incognito contexts of others. */
export async function launchProfile(
  options: BrowserContextOptions & Pick<LaunchOptions, 'ignoreDefaultArgs'> = {},
  { extraArgs = [], preferences, folder: kept }: ProfileOptions = {},
): Promise<Profile> {
  const folder = kept ?? (await mkdtemp(join(tmpdir(), 'inpoint-profile-')));
  if (preferences) {
    await mkdir(join(folder, 'Default'));
    await writeFile(join(folder, 'Default/Preferences'), JSON.stringify(preferences));
  }
  const context = await chromium.launchPersistentContext(folder, {
    executablePath: findChromium(),
    args: [...args, ...extraArgs],
    viewport: { width: 1280, height: 900 },
    ...options,
  });
  return {
    context,
    folder,
    async [Symbol.asyncDispose]() {
      await context.close();
      if (!kept) await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

const args = [
  ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
  '--disable-quic',
];
