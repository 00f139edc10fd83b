/** A browser engine that the benchmark runs in. */
export interface BenchEngine {
  readonly name: 'chromium' | 'firefox' | 'webkit';
  /** What has to be installed before it can be launched; undefined where all is there. */
  readonly missing: string | undefined;
  /** Whether it can be started again with the profile of an earlier visit, and its main thread and memory looked at. */
  readonly isInspectable: boolean;
  launch(options?: BenchLaunch): Promise<BenchBrowser>;
}

export interface BenchLaunch {
  /** A profile that is to stay after the browser. @default a fresh one, which is deleted */
  readonly profile?: string;
}

/** A running browser. Disposing ends it. */
export interface BenchBrowser extends AsyncDisposable {
  readonly version: string;
  /** Where its profile is, by which its processes are told from others', where that is known. */
  readonly profile: string | undefined;
  open(): Promise<BenchPage>;
}

/** A page that is ready to be asked. */
export interface BenchPage {
  /** Calls what `bench/page/page.js` shows by that name. */
  call(name: string, ...args: readonly unknown[]): Promise<unknown>;
  /** The same, with what the page's main thread did meanwhile, where the browser tells. */
  traced?(name: string, ...args: readonly unknown[]): Promise<{ readonly value: unknown; readonly tasksMs: number[] }>;
}
