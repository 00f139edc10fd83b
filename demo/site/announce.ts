/** Tells screen readers, once it has been quiet for a while, the last of what was said about each thing. */
export function announce(text: string, about: 'page' | 'pen' | 'drawing' | 'log' = 'page'): void {
  pending.delete(about);
  pending.set(about, text);
  clearTimeout(timer);
  timer = setTimeout(() => {
    document.querySelector('#announcement')!.textContent = [...pending.values()].join(' ');
    pending.clear();
  }, quietMs);
}

const quietMs = 800;
const pending = new Map<string, string>();
let timer: ReturnType<typeof setTimeout> | undefined;
