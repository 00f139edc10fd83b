import { signal, type ReadonlySignal, type Signal } from '@preact/signals';
import { rooms, type Room } from './rooms.ts';

const current: Signal<Room> = signal(roomOf(location.hash));

/** The room that is open: the one that the address names behind its `#`, else the first. */
export const room: ReadonlySignal<Room> = current;

addEventListener('hashchange', () => {
  current.value = roomOf(location.hash);
});

function roomOf(hash: string): Room {
  return rooms.find(({ path }) => hash === `#/${path}`) ?? rooms[0]!;
}
