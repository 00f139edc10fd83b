import { Environment, Interpreter, parse, tokenize } from '@huggingface/jinja';

/** A template that was read: it writes a text of its variables, and whatever it is, it comes to an end. */
export interface JinjaTemplate {
  /**
   * @throws {TemplateRefusal} when the template calls `raise_exception`.
   * @throws {Error} when it cannot be written, or takes more time or room than is allowed.
   */
  render(variables: Readonly<Record<string, unknown>>): string;
}

export interface JinjaOptions {
  /** The time that `strftime_now` writes. @default () => new Date() */
  readonly now?: () => Date;
  /** Milliseconds of a clock that only goes forward. @default () => performance.now() */
  readonly clock?: () => number;
}

/** What a template says of messages that it cannot write. */
export class TemplateRefusal extends Error {
  override readonly name = 'TemplateRefusal';
}

/**
 * Reads a template of Jinja, as models bring them. It comes from an archive that nobody vouches for. The library keeps
 * it from JavaScript's own objects (all that a template sees are maps and lists of the library's); time and memory are
 * limited here: a template has two seconds, and no value in it may be larger than some millions of characters.
 *
 * @throws {Error} when it is none, or larger than templates are.
 */
export function createJinjaTemplate(
  source: string,
  { now = () => new Date(), clock = () => performance.now() }: JinjaOptions = {},
): JinjaTemplate {
  if (source.length > maxSource) throw new Error(`it has ${source.length} characters, more than ${maxSource}`);
  // The library's lexer takes the square of such a run's length.
  if (/\s{500}/.test(source)) throw new Error('it has 500 characters of white space in a row');
  const program = parse(tokenize(source, { lstrip_blocks: true, trim_blocks: true }));
  return {
    render(variables) {
      const globals = new Environment();
      for (const [name, value] of Object.entries({ ...constants, range, ...raiser, strftime_now: strftimeOf(now) })) {
        globals.set(name, value);
      }
      // A scope of its own: a variable may have the name of a function.
      const scope = new Environment(globals);
      for (const [name, value] of Object.entries(variables)) scope.set(name, value);
      return String(new BoundedInterpreter(scope, clock).run(program).value);
    },
  };
}

/** The longest templates come to some tens of thousands. */
const maxSource = 2 ** 17;
const maxMilliseconds = 2000;
/** Characters of a text, or of all texts in a list. */
const maxWeight = 2 ** 23;
const maxRange = 2 ** 16;

const constants = { true: true, false: false, none: null, True: true, False: false, None: null };

const raiser = {
  raise_exception(reason: unknown): never {
    throw new TemplateRefusal(String(reason ?? 'for no reason that it gives'));
  },
};

function range(...given: unknown[]): number[] {
  const numbers = given.map((value) => {
    if (typeof value === 'number' && Number.isInteger(value)) return value;
    throw new Error('range() takes whole numbers');
  });
  const [start, stop, step] =
    numbers.length < 2 ? [0, numbers[0] ?? 0, 1] : [numbers[0]!, numbers[1]!, numbers[2] ?? 1];
  if (step === 0) throw new Error('range() has a step of 0');
  const length = Math.max(0, Math.ceil((stop - start) / step));
  if (length > maxRange) throw new Error(`range() has ${length} numbers, more than ${maxRange}`);
  return Array.from({ length }, (_, index) => start + index * step);
}

type Value = ReturnType<Interpreter['run']>;

type Statement = NonNullable<Parameters<Interpreter['evaluate']>[0]>;

class BoundedInterpreter extends Interpreter {
  readonly #clock: () => number;
  readonly #deadline: number;
  readonly #weights = new WeakMap<Value, number>();
  readonly #loopedOver = new WeakSet<Statement>();
  #steps = 0;

  constructor(scope: Environment, clock: () => number) {
    super(scope);
    this.#clock = clock;
    this.#deadline = clock() + maxMilliseconds;
  }

  override evaluate(...[statement, scope]: Parameters<Interpreter['evaluate']>): Value {
    // A step may be a loop of its own, over tens of thousands of numbers.
    if (this.#steps++ % 4 === 0 && this.#clock() > this.#deadline) {
      throw new Error(`it takes more than ${maxMilliseconds} ms`);
    }
    if (statement?.type === 'For') this.#loopedOver.add(loopedOver(statement as For));
    let value = super.evaluate(statement, scope);
    // To Jinja, what is undefined is an empty list; the library throws.
    if (value.type === 'UndefinedValue' && statement && this.#loopedOver.has(statement)) {
      value = super.evaluate(emptyList, scope);
    }
    if (this.#weigh(value) > maxWeight) throw new Error(`it makes a value of more than ${maxWeight} characters`);
    return value;
  }

  /**
   * How long a value is when it is written. One that holds another many times is small in memory, and may be without
   * bound when it is written.
   */
  #weigh(value: Value): number {
    if (value.type === 'StringValue') return (value.value as string).length;
    const { value: held } = value as { value: unknown };
    const items = Array.isArray(held) ? (held as Value[]) : held instanceof Map ? ([...held.values()] as Value[]) : [];
    if (items.length === 0) return 1;
    const isNamespace = value.type === 'NamespaceValue';
    const known = isNamespace ? undefined : this.#weights.get(value);
    if (known !== undefined) return known;
    let weight = items.length;
    for (const item of items) {
      // Only a namespace changes after it was weighed.
      if (item.type === 'NamespaceValue') throw new Error('it puts a namespace into another value');
      weight += this.#weigh(item);
    }
    if (!isNamespace) this.#weights.set(value, weight);
    return weight;
  }
}

interface For extends Statement {
  readonly iterable: Statement & { readonly lhs?: Statement };
}

/** What a loop goes over; in `for … in … if …`, before its condition. */
function loopedOver({ iterable }: For): Statement {
  return iterable.type === 'SelectExpression' ? iterable.lhs! : iterable;
}

const emptyList = parse(tokenize('{{ [] }}')).body[0]!;

/** Writes the time as Python's `strftime` does in English. */
function strftimeOf(now: () => Date): (format: unknown) => string {
  return (format) => {
    const date = now();
    const parts: Readonly<Record<string, string>> = {
      Y: String(date.getFullYear()),
      y: two(date.getFullYear() % 100),
      m: two(date.getMonth() + 1),
      d: two(date.getDate()),
      H: two(date.getHours()),
      I: two(date.getHours() % 12 || 12),
      M: two(date.getMinutes()),
      S: two(date.getSeconds()),
      p: date.getHours() < 12 ? 'AM' : 'PM',
      B: named(date, { month: 'long' }),
      b: named(date, { month: 'short' }),
      A: named(date, { weekday: 'long' }),
      a: named(date, { weekday: 'short' }),
      '%': '%',
    };
    return String(format).replaceAll(/%(-?)([A-Za-z%])/g, (directive, bare: string, letter: string) => {
      const part = Object.hasOwn(parts, letter) ? parts[letter]! : directive;
      return bare === '' ? part : part.replace(/^0(?=.)/, '');
    });
  };
}

function two(number: number): string {
  return String(number).padStart(2, '0');
}

function named(date: Date, options: Intl.DateTimeFormatOptions): string {
  return new Intl.DateTimeFormat('en-US', options).format(date);
}
