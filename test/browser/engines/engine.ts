/** A browser engine that the page tests run in. Each file of this folder knows how to drive one. */
export interface Engine {
  readonly name: string;
  /** What has to be installed before it can be launched; undefined where all is there. */
  readonly missing: string | undefined;
  /** How many times longer than in Chromium its tests may take. @default 1 */
  readonly patience?: number;
  /** Tests that are left out since the browser itself crashes in them, which no page can prevent. */
  readonly crashesIn?: RegExp;
  launch(): Promise<Browser>;
}

/** A running browser. Disposing ends it, and deletes its profile. */
export interface Browser extends AsyncDisposable {
  readonly version: string;
  open(address: string): Promise<Page>;
}

/** A page whose load has begun. What its tests say, it says to the server. Disposing closes it. */
export interface Page extends AsyncDisposable {
  /** Lines of its console, as far as the driver is told of them. */
  readonly said: readonly string[];
  /** Resolves when it crashes. */
  readonly crashed: Promise<void>;
}
