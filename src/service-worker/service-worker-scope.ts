/**
 * What is used of a service worker's scope. TypeScript's own types of it, `webworker`, cannot be in one program with
 * those of a page, which has the other half of this folder.
 */
export interface ServiceWorkerScope {
  readonly location: Location;
  readonly clients: {
    claim(): Promise<void>;
    matchAll(options: { type: 'window'; includeUncontrolled: boolean }): Promise<readonly { frameType: string }[]>;
  };
  addEventListener(type: 'install' | 'activate', listener: (event: ExtendableEvent) => void): void;
  addEventListener(type: 'fetch', listener: (event: FetchEvent) => void): void;
  addEventListener(type: 'message', listener: (event: ExtendableEvent & MessageEvent<unknown>) => void): void;
}

interface ExtendableEvent {
  waitUntil(work: Promise<unknown>): void;
}

interface FetchEvent extends ExtendableEvent {
  readonly request: Request;
  /** What the browser has asked for already, where navigation preload is switched on. */
  readonly preloadResponse: Promise<Response | undefined> | undefined;
  /** No other listener is asked any more. */
  respondWith(response: Promise<Response>): void;
}
