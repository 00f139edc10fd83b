import type { Json } from '../read-json.ts';
import type { ScoreStep } from '../score.ts';

/** Labels by index, as `id2label` of `config.json` has them. Those it leaves out are `LABEL_n`, as Transformers calls them. */
export function labelsOf(config: Json | undefined): string[] {
  const labels: string[] = [];
  for (const [index, label] of Object.entries(config?.['id2label'] ?? {})) {
    if (/^\d{1,6}$/.test(index)) labels[Number(index)] = String(label);
  }
  return Array.from(labels, (label, index) => label ?? `LABEL_${index}`);
}

/** How a classifier's logits become scores, as `problem_type` of `config.json` says. */
export function scoreStepsOf(config: Json | undefined): ScoreStep[] {
  switch (config?.['problem_type']) {
    case 'multi_label_classification':
      return [{ step: 'sigmoid' }];
    case 'regression':
      return [];
    default:
      return [{ step: 'softmax' }];
  }
}
