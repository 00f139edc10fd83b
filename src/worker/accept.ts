import { expose } from 'comlink';
import type { ConnectMessage, ReadyMessage } from './contract.ts';
import { carryErrors } from './error-transport.ts';
import { packageVersion, protocol } from './protocol.ts';

/** Waits in a worker for its page, exposes `control` to it, and hands over the port for calls. */
export function accept(control: object, onCalls: (port: MessagePort) => void = () => {}): void {
  carryErrors();
  addEventListener('message', function connect({ data }: MessageEvent<Partial<ConnectMessage> | undefined>) {
    if (data?.inpoint !== 'connect') return;
    removeEventListener('message', connect);
    const { lock, control: controlPort, calls } = data as ConnectMessage;
    expose(control, controlPort);
    onCalls(calls);
    calls.start();
    const ready = (locked: boolean, areShared = false): void =>
      postMessage({ inpoint: 'ready', protocol, version: packageVersion, locked, areShared } satisfies ReadyMessage);
    // The lock is held until this worker is gone, however it goes: the page waits for it from then on.
    const hold = async (): Promise<never> => {
      const { held } = await navigator.locks.query();
      ready(
        true,
        held?.some(({ name }) => name === `${lock}-page`),
      );
      return new Promise(() => {});
    };
    if (!navigator.locks) ready(false);
    else navigator.locks.request(lock, hold).catch(() => ready(false));
  });
}
