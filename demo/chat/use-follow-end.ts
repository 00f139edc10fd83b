import { useSignal, type Signal } from '@preact/signals';
import { useEffect, useLayoutEffect } from 'preact/hooks';
import { room } from '../site/route.ts';

/**
 * Keeps the end of the page in sight while it grows, as long as the visitor is there: whoever has scrolled up reads on
 * undisturbed.
 *
 * @param isOn whether there is an end that matters
 * @param isAsking whether something was just asked: then the end is where the visitor looks
 * @returns whether the end is in sight
 */
export function useFollowEnd(isOn: boolean, isAsking: boolean): Signal<boolean> {
  const isAtEnd = useSignal(true);
  useEffect(() => {
    let before = scrollY;
    const look = (): void => {
      if (!isShown()) return;
      // Told of a scroll, the page may have grown since: only who goes up leaves the end.
      if (scrollY + innerHeight >= document.documentElement.scrollHeight - slackPx) isAtEnd.value = true;
      else if (scrollY < before) isAtEnd.value = false;
      before = scrollY;
    };
    addEventListener('scroll', look, { passive: true });
    return () => removeEventListener('scroll', look);
  }, []);
  useEffect(() => {
    if (!isOn) return undefined;
    const observer = new ResizeObserver(() => {
      if (isAtEnd.peek() && isShown()) scrollToEnd('instant');
    });
    observer.observe(document.querySelector('#content')!);
    return () => observer.disconnect();
  }, [isOn]);
  useLayoutEffect(() => {
    if (!isAsking) return;
    isAtEnd.value = true;
    scrollToEnd('instant');
  }, [isAsking]);
  return isAtEnd;
}

export function scrollToEnd(behavior: ScrollBehavior): void {
  scrollTo({ top: document.documentElement.scrollHeight, behavior });
}

function isShown(): boolean {
  return room.peek().path === 'chat';
}

const slackPx = 64;
