import { expect, test } from 'vitest';
import fixture from '../../test/fixtures/image-processors/functions.json';
import { resolveSize } from './resolve-size.ts';
import type { SizeRule } from '../manifest/index.ts';

// Expected values: transformers 5.23.0, by the functions that `resolveSize` names.
const cases: [rule: SizeRule, image: [number, number], resized: [number, number]][] = [
  [{ height: 384, width: 224 }, [640, 480], [224, 384]],
  [{ shortestEdge: 256 }, [640, 427], [383, 256]],
  [{ shortestEdge: 256 }, [427, 640], [256, 383]],
  [{ shortestEdge: 256 }, [100, 100], [256, 256]],
  [{ shortestEdge: 427 }, [640, 427], [640, 427]],
  [{ shortestEdge: 800, longestEdge: 1333 }, [640, 480], [1066, 800]],
  [{ shortestEdge: 800, longestEdge: 1333 }, [1920, 1080], [1333, 750]],
  [{ shortestEdge: 800, longestEdge: 1333 }, [500, 1500], [444, 1333]],
  [{ shortestEdge: 800, longestEdge: 5 }, [2, 1], [5, 2]],
  [{ shortestEdge: 800, longestEdge: 7 }, [2, 1], [7, 4]],
  [{ shortestEdge: 800, longestEdge: 3 }, [4, 2], [4, 2]],
  [{ longestEdge: 1024 }, [640, 427], [1024, 683]],
  [{ longestEdge: 1024 }, [480, 1920], [256, 1024]],
  [{ maxHeight: 50, maxWidth: 50 }, [200, 100], [50, 25]],
  [{ maxHeight: 200, maxWidth: 500 }, [200, 100], [400, 200]],
  [{ multipleOf: 32 }, [170, 260], [160, 256]],
  [{ multipleOf: 32 }, [31, 32], [0, 32]],
];

const rounded = fixture.rounded as [[number, number], [number, number, number], [number, number]][];

for (const [rule, [width, height], [expectedWidth, expectedHeight]] of cases) {
  test(`resolveSize() takes ${width}x${height} to ${expectedWidth}x${expectedHeight} by ${JSON.stringify(rule)}`, () => {
    const size = resolveSize(rule, width, height);
    expect(size).toEqual({ width: expectedWidth, height: expectedHeight });
  });
}

for (const [[width, height], [shortestEdge, longestEdge, multipleOf], [toWidth, toHeight]] of rounded) {
  test(`resolveSize() takes ${width}x${height} as MaskFormer to ${toWidth}x${toHeight}`, () => {
    const size = resolveSize({ shortestEdge, longestEdge, multipleOf }, width, height);
    expect(size).toEqual({ width: toWidth, height: toHeight });
  });
}
