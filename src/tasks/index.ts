import type { Manifest } from '../manifest/index.ts';
import { imageClassification } from './image-classification.ts';
import type { Task, TaskContext } from './task.ts';
import { tensorTask } from './tensor.ts';
import { textClassification } from './text-classification.ts';

export type { Task, TaskContext } from './task.ts';

/** Makes the task that a manifest names. Adding a task is adding a file and a line here. */
export async function createTask(context: TaskContext): Promise<AnyTask> {
  return registry[context.manifest.task](context as never);
}

const registry: {
  [T in Manifest['task']]: (context: TaskContext<Extract<Manifest, { task: T }>>) => AnyTask | Promise<AnyTask>;
} = {
  'text-classification': textClassification,
  'image-classification': imageClassification,
  tensor: tensorTask,
};

type AnyTask = Task<unknown, unknown, unknown>;
