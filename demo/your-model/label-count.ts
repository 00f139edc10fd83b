import type { Card } from 'inpoint';

/** How many labels a classifier knows by its `config.json`; 5 where that does not say. */
export function labelCount({ config }: Card): number {
  return Object.keys(config?.['id2label'] ?? {}).length || 5;
}
