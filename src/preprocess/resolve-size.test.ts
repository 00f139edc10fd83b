import { expect, test } from 'vitest';
import { resolveSize } from './resolve-size.ts';
import type { SizeRule } from '../manifest/index.ts';

// Expected values: transformers 5.23.0, by the functions that `resolveSize` names.
const cases: [rule: SizeRule, image: [number, number], resized: [number, number]][] = [
  [{ height: 384, width: 224 }, [640, 480], [224, 384]],
  [{ shortest_edge: 256 }, [640, 427], [383, 256]],
  [{ shortest_edge: 256 }, [427, 640], [256, 383]],
  [{ shortest_edge: 256 }, [100, 100], [256, 256]],
  [{ shortest_edge: 427 }, [640, 427], [640, 427]],
  [{ shortest_edge: 800, longest_edge: 1333 }, [640, 480], [1066, 800]],
  [{ shortest_edge: 800, longest_edge: 1333 }, [1920, 1080], [1333, 750]],
  [{ shortest_edge: 800, longest_edge: 1333 }, [500, 1500], [444, 1333]],
  [{ shortest_edge: 800, longest_edge: 5 }, [2, 1], [5, 2]],
  [{ shortest_edge: 800, longest_edge: 7 }, [2, 1], [7, 4]],
  [{ shortest_edge: 800, longest_edge: 3 }, [4, 2], [4, 2]],
  [{ longest_edge: 1024 }, [640, 427], [1024, 683]],
  [{ longest_edge: 1024 }, [480, 1920], [256, 1024]],
];

for (const [rule, [width, height], [expectedWidth, expectedHeight]] of cases) {
  test(`resolveSize() takes ${width}x${height} to ${expectedWidth}x${expectedHeight} by ${JSON.stringify(rule)}`, () => {
    const size = resolveSize(rule, width, height);
    expect(size).toEqual({ width: expectedWidth, height: expectedHeight });
  });
}
