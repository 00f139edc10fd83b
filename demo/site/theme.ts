import { effect, signal, type Signal } from '@preact/signals';

export type Theme = 'system' | 'light' | 'dark';

/** Where the choice is kept. */
const key = 'inpoint-theme';

/** Light, dark, or as the system has it. Kept for the next visit. */
export const theme: Signal<Theme> = signal(kept());

effect(() => {
  document.documentElement.dataset['theme'] = theme.value;
});

export function chooseTheme(chosen: Theme): void {
  theme.value = chosen;
  try {
    localStorage.setItem(key, chosen);
  } catch {
    // Where nothing may be kept, the choice lasts as long as the page.
  }
}

function kept(): Theme {
  try {
    const chosen = localStorage.getItem(key);
    return chosen === 'light' || chosen === 'dark' ? chosen : 'system';
  } catch {
    return 'system';
  }
}
