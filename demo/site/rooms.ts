import type { ReadonlySignal } from '@preact/signals';
import type { ComponentType } from 'preact';
import { DrawRoom } from '../classify/draw/draw-room.tsx';
import { translated } from './language.ts';

/** One room of the site. Its address is `#/` and its path; a part of a group has a path within that group's. */
export interface Room {
  readonly path: string;
  /** What navigation calls it. */
  readonly name: ReadonlySignal<string>;
  /** Several rooms under one entry of the navigation. */
  readonly group?: Group;
  /** Gives the room's component; what it needs comes when it is first opened. */
  load(): ComponentType | Promise<ComponentType>;
}

export interface Group {
  readonly name: ReadonlySignal<string>;
}

const classify: Group = { name: translated({ en: 'Classify', ko: '분류' }) };
const consoleRooms: Group = { name: translated({ en: 'Console', ko: '콘솔' }) };

/** All rooms, in the order of the navigation. The first is where a visit begins: it comes with the page. */
export const rooms: readonly Room[] = [
  {
    path: 'classify/draw',
    name: translated({ en: 'Drawing', ko: '그림' }),
    group: classify,
    load: () => DrawRoom,
  },
  {
    path: 'classify/text',
    name: translated({ en: 'Text', ko: '글' }),
    group: classify,
    load: async () => (await import('../classify/text/text-room.tsx')).TextRoom,
  },
  {
    path: 'classify/photo',
    name: translated({ en: 'Photo', ko: '사진' }),
    group: classify,
    load: async () => (await import('../classify/photo/photo-room.tsx')).PhotoRoom,
  },
  {
    path: 'classify/table',
    name: translated({ en: 'Table row', ko: '표' }),
    group: classify,
    load: async () => (await import('../classify/table/table-room.tsx')).TableRoom,
  },
  {
    path: 'chat',
    name: translated({ en: 'Chat', ko: '대화' }),
    load: async () => (await import('../chat/chat-room.tsx')).ChatRoom,
  },
  {
    path: 'your-model',
    name: translated({ en: 'Your model', ko: '내 모델' }),
    load: async () => (await import('../your-model/your-model-room.tsx')).YourModelRoom,
  },
  {
    path: 'console/live',
    name: translated({ en: 'Live', ko: '실시간' }),
    group: consoleRooms,
    load: async () => (await import('../console/live/live-room.tsx')).LiveRoom,
  },
  {
    path: 'console/queue',
    name: translated({ en: 'Async queue', ko: '비동기 대기열' }),
    group: consoleRooms,
    load: async () => (await import('../console/queue/queue-room.tsx')).QueueRoom,
  },
  {
    path: 'console/batch',
    name: translated({ en: 'Batch', ko: '배치' }),
    group: consoleRooms,
    load: async () => (await import('../console/batch/batch-room.tsx')).BatchRoom,
  },
  {
    path: 'store',
    name: translated({ en: 'Saved', ko: '저장소' }),
    load: async () => (await import('../store/store-room.tsx')).openStoreRoom(),
  },
  {
    path: 'inside',
    name: translated({ en: 'Inside', ko: '들여다보기' }),
    load: async () => (await import('../inside/inside-room.tsx')).InsideRoom,
  },
  {
    path: 'device',
    name: translated({ en: 'Device', ko: '기기' }),
    load: async () => (await import('../device/device-room.tsx')).openDeviceRoom(),
  },
  {
    path: 'benchmark',
    name: translated({ en: 'Benchmark', ko: '벤치마크' }),
    load: async () => (await import('../benchmark/benchmark-room.tsx')).BenchmarkRoom,
  },
];
