import type { JSX } from 'preact';

export function PhotoRoom(): JSX.Element {
  return <h1>PhotoRoom</h1>;
}
