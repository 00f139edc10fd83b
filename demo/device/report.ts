import { signal, type ReadonlySignal, type Signal } from '@preact/signals';
import { device, type DeviceReport } from 'inpoint';

const current: Signal<DeviceReport | undefined> = signal(undefined);
const running: Signal<boolean> = signal(false);

/** What was measured last; undefined before that. */
export const report: ReadonlySignal<DeviceReport | undefined> = current;

/** Whether it is being measured now. */
export const isMeasuring: ReadonlySignal<boolean> = running;

/** Measures this device, once at a time. */
export async function measureDevice(): Promise<void> {
  if (running.peek()) return;
  running.value = true;
  try {
    current.value = await device();
  } finally {
    running.value = false;
  }
}
