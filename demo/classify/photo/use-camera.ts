import { useSignal, useSignalEffect, type ReadonlySignal } from '@preact/signals';
import type { RefObject } from 'preact';
import { useEffect } from 'preact/hooks';
import { room } from '../../site/route.ts';

/** Why there is no picture from the camera. */
export type CameraProblem = 'none' | 'denied' | 'busy' | 'unsupported';

export interface Camera {
  readonly state: ReadonlySignal<'off' | 'starting' | 'on'>;
  readonly problem: ReadonlySignal<CameraProblem | undefined>;
  /** Whether it looks at the one who holds it: people expect a mirror then. */
  readonly facesUser: ReadonlySignal<boolean>;
  start(): Promise<void>;
  stop(): void;
}

/**
 * The camera in a `<video>`. It is let go of whenever it is not seen: its room is left, the page is hidden, or the
 * component goes.
 */
export function useCamera(video: RefObject<HTMLVideoElement | null>): Camera {
  const state = useSignal<'off' | 'starting' | 'on'>('off');
  const problem = useSignal<CameraProblem | undefined>(undefined);
  const facesUser = useSignal(false);

  const stop = (): void => {
    const stream = video.current?.srcObject as MediaStream | null;
    for (const track of stream?.getTracks() ?? []) track.stop();
    if (video.current) video.current.srcObject = null;
    state.value = 'off';
  };

  const start = async (): Promise<void> => {
    problem.value = undefined;
    state.value = 'starting';
    try {
      if (!navigator.mediaDevices) throw new DOMException('No secure context.', 'NotSupportedError');
      const stream = await navigator.mediaDevices.getUserMedia({
        video: { facingMode: 'environment', width: { ideal: 640 } },
      });
      // Whoever has left or stopped meanwhile does not want it any more.
      if (state.peek() !== 'starting' || document.hidden) {
        for (const track of stream.getTracks()) track.stop();
        state.value = 'off';
        return;
      }
      const [track] = stream.getVideoTracks();
      track?.addEventListener('ended', stop);
      facesUser.value = track?.getSettings().facingMode === 'user';
      video.current!.srcObject = stream;
      await video.current!.play();
      state.value = 'on';
    } catch (error) {
      stop();
      problem.value = problems[(error as Error).name] ?? 'unsupported';
    }
  };

  const here = useSignal(room.peek());
  useSignalEffect(() => {
    if (room.value !== here.peek() && state.peek() !== 'off') stop();
  });
  useEffect(() => {
    const onHidden = (): void => {
      if (document.hidden && state.peek() !== 'off') stop();
    };
    document.addEventListener('visibilitychange', onHidden);
    return () => {
      document.removeEventListener('visibilitychange', onHidden);
      stop();
    };
  }, []);
  return { state, problem, facesUser, start, stop };
}

/** By the name of what `getUserMedia()` rejects with (Media Capture and Streams, 10.6). */
const problems: Readonly<Record<string, CameraProblem>> = {
  NotFoundError: 'none',
  OverconstrainedError: 'none',
  NotAllowedError: 'denied',
  SecurityError: 'denied',
  NotReadableError: 'busy',
  AbortError: 'busy',
};
