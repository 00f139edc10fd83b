import { computed, effect, signal, type ReadonlySignal, type Signal } from '@preact/signals';

export type Language = 'en' | 'ko';

/** Where the choice is kept. */
const key = 'inpoint-language';

/** The language of the site: the visitor's choice, kept; before that, the first of the browser's that there is. */
export const language: Signal<Language> = signal(
  kept() ?? (navigator.languages.some((tag) => /^(en|ko)\b/.test(tag)) ? first(navigator.languages) : 'en'),
);

/** Texts in both languages, of which the chosen one is given. A text that is missing in one of them is a type error. */
export function translated<Words>(words: { readonly en: Words; readonly ko: NoInfer<Words> }): ReadonlySignal<Words> {
  return computed(() => words[language.value]);
}

effect(() => {
  document.documentElement.lang = language.value;
});

/** Changes the language, and keeps the choice for the next visit. */
export function chooseLanguage(chosen: Language): void {
  language.value = chosen;
  try {
    localStorage.setItem(key, chosen);
  } catch {
    // Where nothing may be kept, the choice lasts as long as the page.
  }
}

function kept(): Language | undefined {
  try {
    const chosen = localStorage.getItem(key);
    return chosen === 'en' || chosen === 'ko' ? chosen : undefined;
  } catch {
    return undefined;
  }
}

function first(tags: readonly string[]): Language {
  return tags.find((tag) => /^(en|ko)\b/.test(tag))!.startsWith('ko') ? 'ko' : 'en';
}
