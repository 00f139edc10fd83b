/** JSON for people, with long lists of numbers cut. */
export function shownJson(answer: unknown): string {
  const cut = (_: string, value: unknown): unknown => {
    if (!ArrayBuffer.isView(value) || !('length' in value)) return typeof value === 'bigint' ? Number(value) : value;
    const { length } = value as Uint8Array;
    const first = Array.from((value as Uint8Array).subarray(0, mostValues), Number);
    return length > mostValues ? `${first.join(', ')}, … ${length.toLocaleString('en')} values` : first;
  };
  return JSON.stringify(answer, cut, 2) ?? String(answer);
}

const mostValues = 16;
