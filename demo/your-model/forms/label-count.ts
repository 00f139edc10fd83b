import type { Card, TaskName } from 'inpoint';

/** For how many labels a form keeps a place: what the model knows, at most as many as `invoke()` gives. */
export function labelCount(task: TaskName, { config }: Card): number {
  if (!task.endsWith('classification') || task.startsWith('token')) return 0;
  return Math.min(Object.keys(config?.['id2label'] ?? {}).length || defaultTopK, defaultTopK);
}

/** Of `invoke()`. */
const defaultTopK = 5;
