import type { Scaled, ScaleKeeper, ScalingRoom } from './scale-keeper.ts';
import type { ScalingPolicy } from './target-tracking.ts';

/**
 * Keeps an endpoint's engines to its policy. What it takes to follow a load is fetched by pages that have a choice for it;
 * where that cannot be fetched, the replicas that are there stay.
 *
 * @returns ends that; the replicas that are there stay
 */
export function keepScale(serving: Scaled, policy: ScalingPolicy, room: ScalingRoom): () => void {
  const least = Math.max(1, policy.min);
  if (least > 1) serving.scaleTo(least);
  if (policy.min > 0 && policy.max <= least) return () => {};
  let isOver = false;
  let keeper: ScaleKeeper | undefined;
  const follow = async (): Promise<void> => {
    // Without a network, this is what is not there.
    const module = await import('./scale-keeper.ts').catch(() => undefined);
    if (module && !isOver) keeper = new module.ScaleKeeper(serving, policy, room);
  };
  void follow();
  return () => {
    isOver = true;
    keeper?.end();
  };
}
