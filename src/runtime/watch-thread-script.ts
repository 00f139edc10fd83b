/**
 * Tells when the runtime's script cannot be started as a thread: of that ONNX Runtime says nothing, and waits for ever.
 * A thread of another name than its own reads the script and does nothing.
 */
export function watchThreadScript(script: URL): { readonly failed: Promise<never>; end(): void } {
  // From another origin the runtime reads its script first, and says what is wrong with that.
  if (script.origin !== globalThis.location?.origin) return { failed: new Promise(() => {}), end() {} };
  const worker = new Worker(script, { type: 'module', name: 'inpoint-thread-probe' });
  const failed = new Promise<never>((_, reject) => {
    worker.onerror = (event) => {
      event.preventDefault();
      const reason = event instanceof ErrorEvent && event.message ? event.message : 'its script could not be loaded';
      reject(new Error(`a thread cannot be started: ${reason}`));
    };
  });
  failed.catch(() => {});
  return { failed, end: () => worker.terminate() };
}
