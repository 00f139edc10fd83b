/** Makes a field of several lines as high as what is in it; its style says how high at the most. */
export function growArea(area: HTMLTextAreaElement): void {
  area.style.height = 'auto';
  const { borderTopWidth, borderBottomWidth } = getComputedStyle(area);
  area.style.height = `${area.scrollHeight + parseFloat(borderTopWidth) + parseFloat(borderBottomWidth)}px`;
}
