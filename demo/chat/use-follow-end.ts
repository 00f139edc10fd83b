import { useSignal, type Signal } from '@preact/signals';
import { useEffect, useLayoutEffect } from 'preact/hooks';
import { room } from '../site/route.ts';

/**
 * Keeps the end of the page in sight while it grows, as long as the visitor is there: whoever has scrolled up reads on
 * undisturbed.
 *
 * @returns whether the end is in sight
 */
export function useFollowEnd(growing: unknown): Signal<boolean> {
  const isAtEnd = useSignal(true);
  useEffect(() => {
    const look = (): void => {
      if (!isShown()) return;
      const { scrollHeight } = document.documentElement;
      isAtEnd.value = scrollY + innerHeight >= scrollHeight - slackPx;
    };
    addEventListener('scroll', look, { passive: true });
    addEventListener('resize', look, { passive: true });
    return () => {
      removeEventListener('scroll', look);
      removeEventListener('resize', look);
    };
  }, []);
  useLayoutEffect(() => {
    if (isAtEnd.peek() && isShown()) scrollToEnd('instant');
  }, [growing]);
  return isAtEnd;
}

export function scrollToEnd(behavior: ScrollBehavior): void {
  scrollTo({ top: document.documentElement.scrollHeight, behavior });
}

function isShown(): boolean {
  return room.peek().path === 'chat';
}

const slackPx = 64;
