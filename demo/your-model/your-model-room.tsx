import type { JSX } from 'preact';

export function YourModelRoom(): JSX.Element {
  return <h1>YourModelRoom</h1>;
}
