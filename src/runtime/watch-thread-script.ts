/**
 * Tells when the runtime's script cannot be started as a thread: of that ONNX Runtime says nothing, and waits for ever.
 * A thread of another name than its own reads the script and does nothing.
 */
export function watchThreadScript(script: URL): { readonly failed: Promise<never>; end(): void } {
  // From another origin the runtime reads its script first, and says what is wrong with that.
  if (script.origin !== globalThis.location?.origin) return nothing;
  let worker: Worker;
  try {
    worker = new Worker(vouchedFor(script), { type: 'module', name: 'inpoint-thread-probe' });
  } catch {
    // Trusted Types want an address vouched for, and the page's header does not name our policy: the runtime will say so.
    return nothing;
  }
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

/**
 * The address as Trusted Types let it through. A policy can be made once under its name: the script, which starts its
 * threads from the same address, finds it here.
 */
function vouchedFor(script: URL): URL {
  const { trustedTypes } = globalThis as { trustedTypes?: { createPolicy(name: string, rules: object): Policy } };
  const shared = globalThis as { [vouched]?: unknown };
  try {
    shared[vouched] ??= trustedTypes
      ?.createPolicy('inpoint', { createScriptURL: () => script.href })
      .createScriptURL('');
  } catch {
    // The header does not name it.
  }
  return (shared[vouched] as URL | undefined) ?? script;
}

const vouched: unique symbol = Symbol.for('inpoint.thread-script');

interface Policy {
  createScriptURL(input: string): unknown;
}

const nothing = { failed: new Promise<never>(() => {}), end(): void {} };
