/** The element of the page that a selector names, as the kind it is known to be. */
export function find<Kind extends Element>(selector: string, kind: new () => Kind): Kind {
  const found = document.querySelector(selector);
  if (found instanceof kind) return found;
  throw new TypeError(`The page has no ${kind.name} at ${selector}.`);
}
