import type { TaskName } from 'inpoint';

/** What a form shows at first, so that a visitor sees what a task takes. */
export function exampleInput(task: TaskName): string {
  const example = examples[task];
  if (example === undefined) return '';
  return typeof example === 'string' ? example : JSON.stringify(example, null, 2);
}

const examples: Partial<Record<TaskName, unknown>> = {
  'token-classification': 'Ada Lovelace was born in London.',
  'feature-extraction': 'The quick brown fox jumps over the lazy dog.',
  'text-similarity': { query: 'How is the weather?', documents: ['It rains.', 'The train is late.'] },
  reranking: { query: 'How is the weather?', documents: ['It rains.', 'The train is late.'] },
  'question-answering': { question: 'Where was she born?', context: 'Ada Lovelace was born in London in 1815.' },
  'zero-shot-classification': {
    text: 'The match ended two to one.',
    candidateLabels: ['sport', 'politics', 'weather'],
  },
  'fill-mask': 'The capital of France is [MASK].',
};
