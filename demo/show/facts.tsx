import type { ComponentChildren, JSX } from 'preact';

/** What is called what, in rows; what is undefined is left out. */
export function Facts({
  class: name = 'facts',
  facts,
}: {
  class?: string;
  facts: readonly (readonly [name: string, value: ComponentChildren])[];
}): JSX.Element {
  return (
    <dl class={name}>
      {facts.map(
        ([term, value]) =>
          value !== undefined && (
            <div key={term}>
              <dt>{term}</dt>
              <dd>{value}</dd>
            </div>
          ),
      )}
    </dl>
  );
}
