import type { Signal } from '@preact/signals';
import type { ComponentChildren, JSX } from 'preact';
import * as demoModels from '../endpoints/demo-models.ts';
import { translated } from '../site/language.ts';

const words = translated({
  en: { address: 'Address of an archive' },
  ko: { address: '아카이브 주소' },
});

/**
 * Asks for the address of an archive: one that a visitor types, or that of a model of this site.
 *
 * @param id what the ids of its parts begin with
 * @param samples what is said before the models of this site
 * @param onAddress is told of an address that was given
 * @param children buttons, one of which submits
 */
export function AddressForm({
  id,
  address,
  hint,
  samples,
  onAddress,
  children,
}: {
  id: string;
  address: Signal<string>;
  hint: string;
  samples: string;
  onAddress: (given: string) => void;
  children: ComponentChildren;
}): JSX.Element {
  const give = (): void => {
    const given = address.value.trim();
    if (given) onAddress(given);
  };
  return (
    <form
      class="address"
      onSubmit={(event) => {
        event.preventDefault();
        give();
      }}
    >
      <label for={`${id}-url`}>{words.value.address}</label>
      <div class="field">
        <input
          type="text"
          id={`${id}-url`}
          inputMode="url"
          autocomplete="url"
          autocapitalize="none"
          spellcheck={false}
          placeholder="https://example.org/model.tar.gz"
          value={address.value}
          onInput={({ currentTarget }) => (address.value = currentTarget.value)}
          required
        />
        {children}
      </div>
      <p class="hint">{hint}</p>
      <p class="hint" id={`${id}-samples`}>
        {samples}
      </p>
      <ul class="chips" aria-labelledby={`${id}-samples`}>
        {Object.values(demoModels).map(({ name, source }) => (
          <li key={name}>
            <button
              type="button"
              class="small"
              onClick={() => {
                address.value = source as string;
                give();
              }}
            >
              {name}
            </button>
          </li>
        ))}
      </ul>
    </form>
  );
}
