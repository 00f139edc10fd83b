import { QuotaError, type CacheMode } from 'inpoint';

/** Opens a model so that it is kept, and where this device has no room for that, without. */
export async function keptIfRoom<T>(open: (cache: CacheMode) => Promise<T>): Promise<T> {
  try {
    return await open('default');
  } catch (error) {
    if (error instanceof QuotaError) return open('no-store');
    throw error;
  }
}
