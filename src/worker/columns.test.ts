import { describe, expect, test } from 'vitest';
import { columnOf, packColumn, unpackColumn, type Column } from './columns.ts';

/** As a message crosses to another thread. */
function crossed(values: readonly unknown[], transfer: readonly ArrayBuffer[] = [], areOwn = true): readonly unknown[] {
  const column = structuredClone(columnOf(values, transfer), { transfer: [...transfer] });
  return unpackColumn(column, areOwn);
}

function alike(count: number, value: (place: number) => unknown): unknown[] {
  return Array.from({ length: count }, (_, place) => value(place));
}

const arrays: Readonly<Record<string, (length: number, from: number) => ArrayBufferView>> = {
  float32: (length, from) => new Float32Array(length).fill(from + 0.5),
  float64: (length, from) => new Float64Array(length).fill(from + 0.1),
  'float16, as bits': (length, from) => new Uint16Array(length).fill(0x3c00 + from),
  int8: (length, from) => new Int8Array(length).fill(-from),
  uint8: (length, from) => new Uint8Array(length).fill(from),
  'uint8, clamped': (length, from) => new Uint8ClampedArray(length).fill(from),
  int16: (length, from) => new Int16Array(length).fill(-from),
  uint16: (length, from) => new Uint16Array(length).fill(from),
  int32: (length, from) => new Int32Array(length).fill(-from),
  uint32: (length, from) => new Uint32Array(length).fill(0xffff_ff00 + from),
  int64: (length, from) => new BigInt64Array(length).fill(-(2n ** 60n) - BigInt(from)),
  uint64: (length, from) => new BigUint64Array(length).fill(2n ** 64n - 1n - BigInt(from)),
};

describe('columnOf() and unpackColumn()', () => {
  test.each(Object.keys(arrays))('bring tensors of %s over as they are, of any length', (type) => {
    for (const length of [0, 1, 3, 511, 512, 513, 5000]) {
      const values = alike(7, (place) => ({
        id: place,
        input: { x: { type, data: arrays[type]!(length, place), dims: [1, length] } },
      }));
      expect(crossed(values)).toStrictEqual(values);
    }
  });

  test('bring tensors of text over, empty ones and long ones', () => {
    const values = alike(5, (place) => ({ type: 'string', data: ['', 'ä\u{1F600}', `${place}`], dims: [3] }));
    expect(crossed(values)).toStrictEqual(values);
    const long = alike(5, (place) => ({ type: 'string', data: alike(100, (at) => `${place} ${at}`), dims: [100] }));
    expect(crossed(long)).toStrictEqual(long);
  });

  test.each<[string, unknown]>([
    ['undefined', undefined],
    ['null', null],
    ['-0', -0],
    ['NaN', Number.NaN],
    ['a bigint', 2n ** 70n],
    ['a date', new Date(0)],
    ['a map', new Map([[{ key: 1 }, [1]]])],
    ['a set', new Set([1, 'two'])],
    ['an expression', /a+/giu],
    ['a buffer', Uint8Array.of(1, 2, 3).buffer],
    ['a view of bytes', new DataView(Uint8Array.of(1, 2, 3).buffer, 1, 2)],
    ['an error', new RangeError('too much')],
    ['no names', {}],
    ['no items', []],
    ['lists of lists', [[[[[[[[1]]]]]]]]],
    ['a name __proto__', JSON.parse('{ "__proto__": { "x": 1 }, "y": 2 }')],
  ])('bring %s over, in all records and in one of them', (_, value) => {
    const all = alike(5, () => value);
    expect(crossed(all)).toStrictEqual(structuredClone(all));
    const within = alike(5, (place) => ({ id: place, value }));
    expect(crossed(within)).toStrictEqual(structuredClone(within));
    for (const at of [0, 3]) {
      const among = alike(5, (place) => ({ id: place, value: place === at ? value : { a: [place] } }));
      expect(crossed(among)).toStrictEqual(structuredClone(among));
    }
  });

  test('keep records that are not alike as they are, in their order', () => {
    const values = [
      { id: 1, x: Float32Array.of(1) },
      { id: 2 },
      { x: Float32Array.of(3), id: 3 },
      { id: 4, x: Float64Array.of(4) },
      { id: 5, x: Float32Array.of(5, 6) },
      { id: 6, x: undefined },
      { id: 7, x: [7] },
      { id: 8, x: [8, 9], more: true },
      { cancel: 9 },
      null,
      'text',
    ];
    const got = crossed(values);
    expect(got).toStrictEqual(values);
    expect(Object.keys(got[2] as object)).toEqual(['x', 'id']);
    for (const value of values) expect(crossed(alike(5, () => value))).toStrictEqual(alike(5, () => value));
  });

  test('keep one field of unlike types by itself, and the others as columns', () => {
    const values = alike(6, (place) => ({
      id: place,
      model: 1,
      input: { x: place === 4 ? Float32Array.of(1, 2) : Float32Array.of(place) },
    }));
    const column = packColumn(values) as Extract<Column, { names: unknown }>;
    expect(column.names).toEqual(['id', 'model', 'input']);
    expect(column.fields[1]).toEqual({ same: 1, count: 6 });
    expect(crossed(values)).toStrictEqual(values);
  });

  test('bring a failure over among answers', () => {
    const values = alike(9, (place) =>
      place === 5
        ? { kind: 'failure', id: place, error: { name: 'InputError', code: 'input-invalid', stack: ['a', 'b'] } }
        : { id: place, answer: { y: { type: 'float32', data: Float32Array.of(place), dims: [1] } }, modelMs: 0.1 },
    );
    expect(crossed(values)).toStrictEqual(values);
  });

  test('refuse what no message can hold, as the platform does', () => {
    for (const bad of [() => {}, Symbol('of nothing'), { f: () => {} }]) {
      const among = alike(6, (place) => ({ id: place, value: place === 3 ? bad : 1 }));
      expect(() => crossed(among)).toThrow(DOMException);
      expect(() => crossed(alike(6, () => bad))).toThrow(DOMException);
    }
  });

  test('bring an empty message over, and one of a few as it is', () => {
    expect(crossed([])).toEqual([]);
    expect(unpackColumn(packColumn([]), true)).toEqual([]);
    const few = [{ a: 1 }, { a: 2 }, { a: 3 }];
    expect(columnOf(few, [])).toEqual({ each: few });
  });

  test('bring a big message over: 20,000 records', () => {
    const values = alike(20_000, (place) => ({ id: place, input: { x: Float32Array.of(place, -place) }, model: 1 }));
    const got = crossed(values) as typeof values;
    expect(got).toHaveLength(20_000);
    expect(got[0]).toStrictEqual(values[0]);
    expect(got[19_999]).toStrictEqual(values[19_999]);
  });

  test('keep holes of a list, and what has more to it than its items', () => {
    // oxlint-disable-next-line eslint/no-sparse-arrays
    const holes = alike(5, () => [, 1]);
    expect(0 in (crossed(holes)[0] as unknown[])).toBe(false);
    const named = alike(5, (place) => Object.assign([1, 2], { place }));
    expect(crossed(named)).toStrictEqual(structuredClone(named));
    // What String.match() gives.
    const matches = alike(5, (place) => /b/.exec(`ab${place}`));
    expect((crossed(matches)[4] as RegExpExecArray).index).toBe(1);
  });

  test('end with what contains itself', () => {
    const circle: Record<string, unknown> = { id: 1 };
    circle['self'] = circle;
    const [got] = crossed(alike(5, () => circle)) as [{ self: { self: { id: number } } }];
    expect(got.self.self.id).toBe(1);
  });
});

describe('the arrays of a column', () => {
  test('lie behind one another, and are of their type and place whatever they were a part of', () => {
    const buffer = new ArrayBuffer(1024);
    new Uint8Array(buffer).forEach((_, at, all) => (all[at] = at));
    const values = alike(6, (place) => new Int32Array(buffer, 4 * (2 * place + 1), 3));
    const column = packColumn(values) as Extract<Column, { joined: unknown }>;
    expect(column.length).toBe(3);
    expect(column.joined.byteLength, 'no more than was asked for').toBe(6 * 3 * 4);
    expect(crossed(values)).toStrictEqual(values);
    // Of an odd length, so that they do not all lie at a multiple of 8 bytes.
    const odd = alike(6, (place) => ({ bytes: Uint8Array.of(place, 1, 2), x: Float64Array.of(place) }));
    expect(crossed(odd, [], false)).toStrictEqual(odd);
  });

  test.each([
    [true, 6],
    [false, 1],
  ])('share a buffer unless they are to be own ones (%s: %i buffers)', (areOwn, count) => {
    const values = alike(6, (place) => Float32Array.of(place, place));
    const got = crossed(values, [], areOwn) as Float32Array[];
    expect(got).toStrictEqual(values);
    expect(new Set(got.map(({ buffer }) => buffer)).size).toBe(count);
    got[2]!.fill(9);
    expect(got[1]).toEqual(values[1]);
    expect(got[3]).toEqual(values[3]);
  });

  test('are copied: whoever changes them later changes nothing that was sent', () => {
    const values = alike(6, (place) => ({ x: Float32Array.of(place) })) as { x: Float32Array }[];
    const column = columnOf(values, []);
    values[2]!.x[0] = 99;
    expect((unpackColumn(column, true)[2] as { x: Float32Array }).x[0]).toBe(2);
    expect(values[2]!.x.byteLength).toBe(4);
  });

  test('keep the bits of what is not a number', () => {
    const bits = alike(6, (place) => new Float32Array(Uint32Array.of(0x7fc0_0001 + place).buffer)) as Float32Array[];
    const got = crossed(bits) as Float32Array[];
    expect(got.map(({ buffer }) => new Uint32Array(buffer)[0])).toEqual(
      bits.map(({ buffer }) => new Uint32Array(buffer)[0]),
    );
  });

  test('that are given away go as they are, and are gone here', () => {
    const values = alike(6, (place) => ({ id: place, x: Float32Array.of(place) })) as { x: Float32Array }[];
    const { buffer } = values[1]!.x;
    const got = crossed(values, [buffer as ArrayBuffer]) as { x: Float32Array }[];
    expect(got.map(({ x }) => x[0])).toEqual([0, 1, 2, 3, 4, 5]);
    expect(values.map(({ x }) => x.byteLength)).toEqual([4, 0, 4, 4, 4, 4]);
  });

  test.each([0, 2])('that were given away already are refused, as the platform does (%i)', (gone) => {
    const values = alike(6, (place) => Float32Array.of(place)) as Float32Array[];
    structuredClone(values[gone], { transfer: [values[gone]!.buffer as ArrayBuffer] });
    expect(() => crossed(values)).toThrow(DOMException);
  });
});

test('columnOf() and unpackColumn() give what a plain message gives, of 400 messages of all kinds', () => {
  let state = 20_261;
  const below = (end: number): number => (state = (state * 48_271) % 2_147_483_647) % end;
  const kinds = Object.values(arrays);
  const value = (depth: number): unknown => {
    const kind = below(depth > 0 ? 12 : 9);
    if (kind < 3) return kinds[below(kinds.length)]!([0, 1, 2, 7, 600][below(5)]!, below(100));
    if (kind < 9) return [undefined, null, below(3), `text ${below(3)}`, below(2) === 0, BigInt(below(5))][kind - 3];
    if (kind === 9) return alike(below(20), () => value(depth - 1));
    return Object.fromEntries(alike(below(5), () => [`name${below(6)}`, value(depth - 1)]) as [string, unknown][]);
  };
  /** Another of its form, now and then of another. */
  const another = (of: unknown): unknown => {
    if (below(40) === 0) return value(2);
    if (typeof of === 'number') return below(9);
    if (Array.isArray(of)) return of.map(another);
    if (typeof of !== 'object' || of === null || ArrayBuffer.isView(of)) return structuredClone(of);
    return Object.fromEntries(Object.entries(of).map(([name, part]) => [name, another(part)]));
  };
  for (let message = 0; message < 400; message++) {
    const first = value(8);
    const values = [first, ...alike(below(12), () => another(first))];
    const areOwn = below(2) === 0;
    expect(crossed(values, [], areOwn), `message ${message}`).toStrictEqual(values);
    expect(unpackColumn(packColumn(values), areOwn), `message ${message}, packed`).toStrictEqual(values);
  }
});
