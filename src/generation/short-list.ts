/** Names that stand in for many: the first of them, and how many more there are. */
export function shortList(names: readonly string[], most: number = 8): string {
  if (names.length <= most) return names.join(', ');
  return `${names.slice(0, most).join(', ')} and ${names.length - most} more`;
}
