import type { JSX } from 'preact';

export function InsideRoom(): JSX.Element {
  return <h1>InsideRoom</h1>;
}
