import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import type { BrowserContext, Page } from 'playwright-core';
import { serve, type Route, type Site } from '../serve.ts';
import type { Endpoint, StorageReport } from '../../src/index.ts';

export const repository: string = fileURLToPath(new URL('../../', import.meta.url));

/** What `page/page.js` tells. */
export interface Told {
  readonly value?: Deployed;
  readonly error?: {
    readonly name: string;
    readonly code: string | undefined;
    readonly message: string;
    /** Whether it was thrown on purpose. */
    readonly isInpoint: boolean;
  };
  /** How long it took. */
  readonly ms: number;
  /** What the page's policy stopped in the page itself. */
  readonly violations: readonly unknown[];
  readonly here: { readonly isSecureContext: boolean; readonly origin: string; readonly lacks: readonly string[] };
}

/** Of `deploy()` and one call; other calls give other values. */
export interface Deployed {
  readonly label: string;
  readonly score: number;
  readonly storage: StorageReport;
  readonly report: Endpoint['report'];
  /** Paths of the models that are kept. */
  readonly kept: readonly string[];
}

/** What the page is asked to do. */
export interface Asked {
  /** @default deploy */
  readonly call?: 'deploy' | 'invokeBlobs' | 'openArtifact' | 'preflight' | 'list' | 'prefetch' | 'persist';
  /** @default the demo's digits */
  readonly model?: string;
  /** Given to the call as they are. */
  readonly options?: object;
  /** Name of the Trusted Types policy that the page makes. */
  readonly policy?: string;
}

/** Serves `page/`, and hears what pages tell. */
export interface StrictSite extends Site {
  /** Every request, as `destination path`. */
  readonly requests: readonly string[];
  /** What policies stopped, in pages and workers. */
  readonly reports: readonly string[];
  /** Opens the page, and waits for what it tells. `from` is another name of the site. */
  visit(context: BrowserContext, asked?: Asked, from?: string): Promise<Told>;
  /** Opens it in a frame of a page of `from`. */
  visitFramed(context: BrowserContext, frame: { sandbox?: string; from?: string }, asked?: Asked): Promise<Told>;
  /** Opens any address that ends at the page. */
  visitAt(context: BrowserContext, address: string): Promise<Told>;
}

export interface StrictSiteOptions {
  /** Enforced as it is. A second one that enforces nothing has the same words and reports what they stop. */
  readonly policy?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly routes?: Readonly<Record<string, Route>>;
  /** @default the repository */
  readonly folder?: string;
  /** Where the page is. @default as it is in the repository */
  readonly path?: string;
}

export async function strictSite({
  policy,
  headers,
  routes,
  folder = repository,
  path = '/test/strict/page/',
}: StrictSiteOptions = {}): Promise<StrictSite> {
  const requests: string[] = [];
  const reports: string[] = [];
  let tell: (told: Told) => void = () => {};
  const site = await serve(folder, {
    headers: {
      ...headers,
      ...(policy && {
        'content-security-policy': policy,
        'content-security-policy-report-only': `${policy}; report-uri /reports`,
      }),
    },
    onRequest: ({ url, headers: sent }) => requests.push(`${sent['sec-fetch-dest']} ${url}`),
    routes: {
      ...routes,
      '/results': async (request, response) => {
        tell(JSON.parse(await text(request)) as Told);
        response.end();
      },
      '/reports': async (request, response) => {
        reports.push(await text(request));
        response.end();
      },
      '/frame': (request, response) => {
        const asked = new URL(request.url!, 'http://127.0.0.1').searchParams;
        const sandbox = asked.has('sandbox') ? ` sandbox="${asked.get('sandbox')}"` : '';
        response.setHeader('content-type', 'text/html');
        response.end(`<!doctype html><iframe${sandbox} src="${asked.get('src')?.replaceAll('&', '&amp;')}"></iframe>`);
      },
    },
  });
  const pageAt = (from: string, { call, model, options, policy: name }: Asked = {}): string => {
    const address = new URL(path, from);
    const words = { call, model, options: options && JSON.stringify(options), policy: name };
    for (const [key, value] of Object.entries(words)) if (value) address.searchParams.set(key, value);
    return address.href;
  };
  const visitAt = async (context: BrowserContext, address: string): Promise<Told> => {
    const told = new Promise<Told>((resolve) => (tell = resolve));
    const page: Page = await context.newPage();
    try {
      await page.goto(address);
      return await told;
    } finally {
      await page.close();
    }
  };
  return Object.assign(site, {
    requests,
    reports,
    visitAt,
    visit: (context: BrowserContext, asked?: Asked, from: string = site.url) => visitAt(context, pageAt(from, asked)),
    visitFramed: (
      context: BrowserContext,
      { sandbox, from = site.url }: { sandbox?: string; from?: string },
      asked?: Asked,
    ) => {
      const frame = new URL('/frame', from);
      if (sandbox !== undefined) frame.searchParams.set('sandbox', sandbox);
      frame.searchParams.set('src', pageAt(site.url, asked));
      return visitAt(context, frame.href);
    },
  });
}
