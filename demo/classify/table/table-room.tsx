import type { JSX } from 'preact';

export function TableRoom(): JSX.Element {
  return <h1>TableRoom</h1>;
}
