import { InputError } from './errors.ts';

/**
 * Fetches the file at an address.
 *
 * @param field what to call it in messages
 * @param baseUrl what a relative address is relative to
 * @throws {InputError} on `field`; what `signal` says when it is aborted.
 */
export async function fetchBlob(address: string, field: string, baseUrl: string, signal?: AbortSignal): Promise<Blob> {
  const shown = JSON.stringify(address.length > 100 ? `${address.slice(0, 100)}…` : address);
  let response: Response;
  try {
    response = await fetch(new URL(address, baseUrl), { signal });
  } catch (cause) {
    signal?.throwIfAborted();
    throw new InputError(
      field,
      `The ${field} at ${shown} could not be fetched: check the address, and that its server lets this page read it.`,
      { cause },
    );
  }
  if (!response.ok) {
    throw new InputError(
      field,
      `The ${field} at ${shown} could not be fetched: the server answered ${response.status}.`,
    );
  }
  return response.blob();
}
