/** Lets calls of one name pass a point in the order in which they came, however long each takes to get there. */
export class Turns {
  readonly #last = new Map<string, Promise<void>>();

  /** Joins the queue of a name. Whoever joins has to say when it has passed, or has given up: twice is once. */
  join(name: string): Turn {
    const before = this.#last.get(name) ?? Promise.resolve();
    let pass!: () => void;
    const passed = new Promise<void>((resolve) => (pass = resolve));
    // One that gives up does not let those behind it overtake the ones before it.
    const last = before.then(() => passed);
    this.#last.set(name, last);
    void this.#forget(name, last);
    return { before, passed: pass };
  }

  /** A name whose last caller has passed is nobody's any more. */
  async #forget(name: string, last: Promise<void>): Promise<void> {
    await last;
    if (this.#last.get(name) === last) this.#last.delete(name);
  }
}

export interface Turn {
  /** Resolves when all who came before have passed. */
  readonly before: Promise<void>;
  passed(): void;
}
