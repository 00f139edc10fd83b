import type { JSX } from 'preact';
import { useId } from 'preact/hooks';
import { translated } from '../../site/language.ts';
import type { Sample } from '../description.ts';

const words = translated({
  en: { title: 'Golden samples of this archive:', sample: (number: number) => `Sample ${number}` },
  ko: { title: '이 아카이브의 골든 샘플:', sample: (number: number) => `샘플 ${number}` },
});

export interface SampleChipsProps {
  readonly samples: readonly Sample[];
  onChoose(input: unknown): void;
}

/** Inputs that the archive brings, for those who have none at hand. */
export function SampleChips({ samples, onChoose }: SampleChipsProps): JSX.Element | null {
  const id = useId();
  if (samples.length === 0) return null;
  return (
    <div class="samples">
      <p class="hint" id={id}>
        {words.value.title}
      </p>
      <ul class="chips" aria-labelledby={id}>
        {samples.slice(0, mostChips).map(({ name, input }, index) => (
          <li key={index}>
            <button type="button" class="small breakable" onClick={() => onChoose(input)}>
              {name ?? words.value.sample(index + 1)}
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}

const mostChips = 4;
