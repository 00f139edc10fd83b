import type { JSX } from 'preact';
import { chooseLanguage, language, translated } from './language.ts';
import { rooms, type Room } from './rooms.ts';
import { room } from './route.ts';
import { chooseTheme, theme, type Theme } from './theme.ts';

const words = translated({
  en: {
    rooms: 'Rooms',
    parts: (group: string) => `Parts of ${group}`,
    theme: 'Colours',
    themes: { system: 'System', light: 'Light', dark: 'Dark' },
  },
  ko: {
    rooms: '화면',
    parts: (group: string) => `${group} 화면`,
    theme: '색상',
    themes: { system: '시스템', light: '밝게', dark: '어둡게' },
  },
});

/** The name of the site, its rooms, and how it is to be shown. */
export function Masthead(): JSX.Element {
  const { rooms: label, theme: themeLabel, themes, parts } = words.value;
  const siblings = rooms.filter(({ group }) => group && group === room.value.group);
  return (
    <header class="masthead">
      <div class="masthead-row">
        <a class="wordmark" href={`#/${rooms[0]!.path}`}>
          <img src="./icons/icon.svg" alt="" width="26" height="26" />
          Inpoint
        </a>
        <nav class="rooms" aria-label={label}>
          {entries.map((entry) => (
            <a
              key={entry.path}
              href={`#/${entry.path}`}
              aria-current={isOpen(entry) ? (entry === room.value && !entry.group ? 'page' : 'true') : undefined}
            >
              {(entry.group?.name ?? entry.name).value}
            </a>
          ))}
        </nav>
        <div class="preferences">
          <select
            aria-label={themeLabel}
            value={theme.value}
            onChange={({ currentTarget }) => chooseTheme(currentTarget.value as Theme)}
          >
            {(Object.keys(themes) as Theme[]).map((name) => (
              <option key={name} value={name}>
                {themes[name]}
              </option>
            ))}
          </select>
          {/* Each language by its own name: who needs it can read it. */}
          <button
            type="button"
            class="small"
            id="language"
            lang={other().tag}
            onClick={() => chooseLanguage(other().tag)}
          >
            {other().name}
          </button>
        </div>
      </div>
      {siblings.length > 0 && (
        <nav class="parts" aria-label={parts(room.value.group!.name.value)}>
          {siblings.map(({ path, name }) => (
            <a key={path} href={`#/${path}`} aria-current={path === room.value.path ? 'page' : undefined}>
              {name.value}
            </a>
          ))}
        </nav>
      )}
    </header>
  );
}

/** The rooms of no group, and the first of each group. */
const entries = rooms.filter(({ group }, index) => !group || rooms.findIndex((one) => one.group === group) === index);

function isOpen(entry: Room): boolean {
  return entry === room.value || (entry.group !== undefined && entry.group === room.value.group);
}

function other(): { readonly tag: 'en' | 'ko'; readonly name: string } {
  return language.value === 'en' ? { tag: 'ko', name: '한국어' } : { tag: 'en', name: 'English' };
}
