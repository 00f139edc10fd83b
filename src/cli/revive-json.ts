import { InputError } from '../errors.ts';
import { revive } from '../golden.ts';

/**
 * An input as JSON writes it, with the files, tensors and typed arrays that golden samples have words for.
 *
 * @param open gives the file of a `{ "$file": path }`
 * @throws {InputError} for a file that is not there, or values that cannot be what they are called.
 */
export async function reviveJson(json: unknown, open: (path: string) => Promise<Blob>): Promise<unknown> {
  try {
    return await revive(json, async (path) => {
      try {
        return await open(path);
      } catch (cause) {
        throw new InputError('input', `Cannot open the file ${JSON.stringify(path)}: ${(cause as Error).message}.`, {
          cause,
        });
      }
    });
  } catch (cause) {
    if (cause instanceof InputError) throw cause;
    throw new InputError('input', (cause as Error).message, { cause });
  }
}
