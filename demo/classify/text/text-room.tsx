import type { JSX } from 'preact';

export function TextRoom(): JSX.Element {
  return <h1>TextRoom</h1>;
}
