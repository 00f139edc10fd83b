import { isModelFile } from '../manifest/model-names.ts';
import type { PackFile } from './index.ts';

/**
 * Files in the order of an archive: what is small or describes, then models with their weights, then the golden
 * samples, which a reader that does not check them can leave unread. By path within each.
 */
export function inOrder(files: readonly PackFile[], manifest: Readonly<Record<string, unknown>>): PackFile[] {
  const golden = typeof manifest['golden'] === 'string' ? manifest['golden'] : undefined;
  const group = ({ path }: PackFile): number => {
    if (path === golden || path.startsWith('golden/')) return 2;
    return isModelFile(path) ? 1 : 0;
  };
  // By code unit, whatever the language of the machine.
  return files.toSorted((a, b) => group(a) - group(b) || (a.path < b.path ? -1 : 1));
}
