/** What people call the rivals. */
export const rivalNames: Readonly<Record<string, string>> = {
  floor: 'floor',
  transformers: 'Transformers.js',
  'transformers-worker': 'Transformers.js in a worker',
  tensorflow: 'TensorFlow.js',
  wllama: 'wllama',
  inpoint: 'Inpoint',
};
