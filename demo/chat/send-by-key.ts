/**
 * Enter in a field of several lines sends its form; with Shift it begins a line. While a syllable is being composed it
 * ends that: of Safari, which has ended it already, the key is 229 (UI Events, 7.1).
 */
export function sendByKey(event: KeyboardEvent & { readonly currentTarget: HTMLElement }): void {
  if (event.key !== 'Enter' || event.shiftKey || event.isComposing || event.keyCode === 229) return;
  event.preventDefault();
  event.currentTarget.closest('form')?.requestSubmit();
}
