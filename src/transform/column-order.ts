const orders = new WeakMap<object, readonly string[]>();

/** Keeps the order of a row's columns, where its object has another one: names that are whole numbers come first there. */
export function keepOrder(row: object, names: readonly string[]): void {
  orders.set(row, names);
}

/** Names of an object's fields; of a row its columns in their order. */
export function namesOf(value: object): readonly string[] {
  return orders.get(value) ?? Object.keys(value);
}

/** Whether an object would have another order than these names. */
export function isReordered(names: readonly string[]): boolean {
  return names.some((name) => /^(?:0|[1-9]\d{0,9})$/.test(name));
}
