import { toJsonSchema } from '@valibot/to-json-schema';
import type { GenericSchema } from 'valibot';

/** The steps that schemas know, with the names of their fields and of the fields within these. */
export function stepsOf(schemas: Readonly<Record<string, GenericSchema>>): Map<string, Set<string>> {
  const steps = new Map<string, Set<string>>();
  for (const schema of Object.values(schemas)) visit(toJsonSchema(schema, { errorMode: 'ignore' }));
  return steps;

  function visit(schema: unknown): void {
    if (typeof schema !== 'object' || schema === null) return;
    const { properties } = schema as { properties?: Readonly<Record<string, unknown>> };
    const { const: name } = (properties?.['step'] ?? {}) as { const?: unknown };
    if (typeof name === 'string') {
      const known = steps.get(name) ?? new Set();
      for (const field of fieldsOf(schema)) if (field !== 'step') known.add(field);
      steps.set(name, known);
    }
    for (const part of Object.values(schema)) visit(part);
  }
}

function fieldsOf(schema: unknown): string[] {
  if (typeof schema !== 'object' || schema === null) return [];
  const { properties, ...rest } = schema as { properties?: object };
  return [
    ...Object.keys(properties ?? {}),
    ...Object.values(properties ?? {}).flatMap(fieldsOf),
    ...Object.values(rest).flatMap(fieldsOf),
  ];
}
