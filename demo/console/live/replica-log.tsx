import type { ComponentChildren, JSX } from 'preact';
import { count } from '../../show/format.ts';
import { translated } from '../../site/language.ts';
import { DateTime } from '../../store/date-time.tsx';
import { replicaChanges } from './live.ts';

const words = translated({
  en: {
    title: 'Replicas, coming and going',
    none: 'None came yet.',
    came: (from: string, to: string) => `${from} → ${to}: came into service`,
    left: (from: string, to: string) => `${from} → ${to}: left`,
  },
  ko: {
    title: '오고 간 복제본',
    none: '아직 없습니다.',
    came: (from: string, to: string) => `${from} → ${to}: 서비스 시작`,
    left: (from: string, to: string) => `${from} → ${to}: 물러남`,
  },
});

/** When replicas came into service, and when they left it. */
export function ReplicaLog({ children }: { children: ComponentChildren }): JSX.Element {
  const text = words.value;
  const changes = replicaChanges.value;
  return (
    <section class="card" aria-labelledby="console-replicas">
      <h2 id="console-replicas">{text.title}</h2>
      <div class="console-log" role="log" aria-labelledby="console-replicas" tabIndex={0}>
        <ol>
          {changes.length === 0 && <li class="quiet">{text.none}</li>}
          {changes.map(({ at, from, to }, index) => (
            <li key={changes.length - index}>
              <DateTime at={at} /> <span>{(to > from ? text.came : text.left)(count(from), count(to))}</span>
            </li>
          ))}
        </ol>
      </div>
      {children}
    </section>
  );
}
