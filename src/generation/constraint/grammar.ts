import { InputError } from '../../errors.ts';
import { Automaton } from './automaton.ts';
import { allBytes, Terms, type Term } from './terms.ts';
import type { Vocabulary } from './vocabulary.ts';

/** A response format that was understood, for any model. */
export class Grammar {
  readonly #build: (terms: Terms) => Term;
  readonly #terms: Terms;
  readonly #root: Term;
  readonly #automata = new WeakMap<Vocabulary, Automaton>();

  /**
   * @param build Makes the language out of terms; called again for a vocabulary that cannot spell every byte.
   * @throws {InputError} where nothing is in the language, or its shortest text is over 10,000 bytes long.
   */
  constructor(build: (terms: Terms) => Term) {
    this.#build = build;
    this.#terms = new Terms(allBytes);
    this.#root = build(this.#terms);
    this.#terms.settle();
    const least = this.#terms.cost(this.#root);
    if (least === Infinity) {
      throw new InputError(
        'responseFormat',
        'No answer can have the format: what it asks for cannot all be kept at once.',
      );
    }
    if (least > mostBytes) {
      throw new InputError(
        'responseFormat',
        `The shortest answer of the format is ${least} bytes long, over ${mostBytes}. Ask for less.`,
      );
    }
  }

  /** What the format is over the tokens of a model; made once for each vocabulary. */
  over(vocabulary: Vocabulary): Automaton {
    const known = this.#automata.get(vocabulary);
    if (known !== undefined) return known;
    const made = vocabulary.spelling.bytes.every(Boolean)
      ? new Automaton(this.#terms, this.#root, vocabulary)
      : this.#respelled(vocabulary);
    this.#automata.set(vocabulary, made);
    return made;
  }

  #respelled(vocabulary: Vocabulary): Automaton {
    const terms = new Terms(vocabulary.spelling);
    const root = this.#build(terms);
    terms.settle();
    if (terms.cost(root) < Infinity) return new Automaton(terms, root, vocabulary);
    const missing = Array.from({ length: 95 }, (_, index) => index + 32)
      .filter((byte) => !vocabulary.spelling.bytes[byte])
      .map((byte) => String.fromCharCode(byte));
    throw new InputError(
      'responseFormat',
      'The vocabulary of the model cannot write any answer of the format' +
        `${missing.length === 0 ? '' : `: it has no tokens for ${missing.join(' ')}`}. Use another format or another model.`,
    );
  }
}

const mostBytes = 10_000;
