import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BrowserContext } from 'playwright-core';
import { launchChromium } from '../chromium.ts';

/** What pages of a site, and their workers, asked the network for. */
export interface Recording {
  /** Addresses that were asked for, as the driver was told. */
  readonly requests: readonly string[];
  /** The same as the network stack noted it: whatever left a renderer, in whichever thread. */
  readonly started: readonly string[];
  /** Hosts that were looked up, or connected to ahead of time. */
  readonly lookedUp: readonly string[];
}

/**
 * Runs `visit` in a Chromium that writes down everything it does on the network, and reads it afterwards.
 *
 * @param site of the pages, such as `http://127.0.0.1`: the browser's own errands have another
 */
export async function recorded(site: string, visit: (context: BrowserContext) => Promise<void>): Promise<Recording> {
  const folder = await mkdtemp(join(tmpdir(), 'inpoint-network-'));
  const file = join(folder, 'log.json');
  try {
    const browser = await launchChromium([`--log-net-log=${file}`]);
    const requests: string[] = [];
    try {
      const context = await browser.newContext();
      context.on('request', (request) => requests.push(request.url()));
      await visit(context);
    } finally {
      await browser.close();
    }
    return { requests, ...eventsOf(site, JSON.parse(await readFile(file, 'utf8')) as NetLog) };
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** The parts of Chromium's log that are read here: https://www.chromium.org/developers/design-documents/network-stack/netlog/ */
interface NetLog {
  readonly constants: { readonly logEventTypes: Readonly<Record<string, number>> };
  readonly events: readonly {
    readonly type: number;
    readonly params?: {
      readonly url?: string;
      readonly host?: string;
      readonly network_isolation_key?: string;
      readonly network_anonymization_key?: string;
    };
  }[];
}

function eventsOf(site: string, { constants, events }: NetLog): Pick<Recording, 'started' | 'lookedUp'> {
  const { URL_REQUEST_START_JOB: start, HOST_RESOLVER_MANAGER_REQUEST: lookUp } = constants.logEventTypes;
  const own = events.filter(({ params }) =>
    (params?.network_isolation_key ?? params?.network_anonymization_key)?.startsWith(`${site} `),
  );
  const started = own.flatMap(({ type, params }) => (type === start && params?.url ? [params.url] : []));
  const lookedUp = own.flatMap(({ type, params }) => (type === lookUp && params?.host ? [params.host] : []));
  return { started, lookedUp };
}
