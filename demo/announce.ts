import { find } from './find.ts';

/** Tells screen readers the last of what was said, once it has been quiet for a while. */
export function announce(text: string): void {
  clearTimeout(pending);
  pending = setTimeout(() => {
    find('#announcement', HTMLElement).textContent = text;
  }, quietMs);
}

const quietMs = 800;
let pending: ReturnType<typeof setTimeout> | undefined;
