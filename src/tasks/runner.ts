import { Batcher, type BatchingPolicy, type Receiver, type RecordOptions } from '../batching/batcher.ts';
import { findLengthAxis } from '../batching/length-axis.ts';
import { castTensor } from '../cast-tensor.ts';
import { InputError, ManifestError } from '../errors.ts';
import { shorten, shown } from '../shown.ts';
import type { ConstantFeed, Feed, StateFeed } from '../manifest/index.ts';
import type { Session, TensorInfo } from '../runtime/session.ts';
import type { DataType, NamedTensors, Tensor } from '../tensor.ts';

/** A session with its constants and states seen to: tasks feed the rest. */
export interface Runner {
  readonly inputs: readonly TensorInfo[];
  readonly outputs: readonly TensorInfo[];
  /** Whether what a run gives depends on the runs before it. */
  readonly isStateful: boolean;
  /**
   * Runs the model on each record; without states several may be in one run, with those of other calls too. `states` are
   * those of the runs before and become those of the last one; nothing of them changes when a run fails.
   */
  run(records: readonly NamedTensors[], states: States, options: RecordOptions): Promise<NamedTensors[]>;
  /** Runs one record of a model without states, for who is told and waits for nothing. */
  add(record: NamedTensors, options: RecordOptions, to: Receiver): void;
}

/** The states of one conversation with a model, by the names of its inputs. */
export interface States {
  tensors: NamedTensors;
}

/**
 * Sees to the inputs that no task feeds: those that `feeds` of a manifest calls constant, or a state.
 *
 * @throws {ManifestError} when it names what the model does not have, or leaves a state's shape open.
 */
export function createRunner(
  session: Pick<Session, 'inputs' | 'outputs' | 'run'>,
  feeds: Readonly<Record<string, Feed>>,
  batching?: BatchingPolicy,
): Runner {
  const constants: NamedTensors = {};
  const zeros: NamedTensors = {};
  const outputOf: Record<string, string> = {};
  for (const [name, feed] of Object.entries(feeds)) {
    const input = session.inputs.find((one) => one.name === name);
    if (!input) throw wrongFeed(name, `the model has no such input; it has ${namesOf(session.inputs)}`);
    if (typeof feed === 'string') continue;
    if ('constant' in feed) constants[name] = constantTensor(name, feed, input);
    else {
      if (!session.outputs.some((output) => output.name === feed.state)) {
        throw wrongFeed(
          name,
          `the model has no output ${JSON.stringify(feed.state)}; it has ${namesOf(session.outputs)}`,
        );
      }
      zeros[name] = zeroTensor(name, feed, input);
      outputOf[name] = feed.state;
    }
  }
  const stateNames = Object.keys(zeros);
  const fed = session.inputs.filter(({ name }) => !(name in constants) && !(name in zeros));
  const nameOf = (role: string): TensorInfo | undefined =>
    fed.find(({ name }) => (typeof feeds[name] === 'string' ? feeds[name] : name) === role);
  const batcher = new Batcher(session, constants, batching, findLengthAxis(nameOf, fed, session.outputs));
  const stateOutputs = new Set(Object.values(outputOf));
  return {
    inputs: fed,
    outputs: session.outputs.filter(({ name }) => !stateOutputs.has(name)),
    isStateful: stateNames.length > 0,
    add: (record, options, to) => batcher.add(record, options, to),
    async run(records, states, options) {
      const { signal } = options;
      if (stateNames.length === 0) {
        const runs = records.map((record) => batcher.run(record, options));
        // None is left alone where another fails before it.
        for (const run of runs) run.catch(() => {});
        return Promise.all(runs);
      }
      let tensors: NamedTensors = { ...zeros, ...states.tensors };
      const all: NamedTensors[] = [];
      for (const record of records) {
        const outputs = await session.run({ ...constants, ...record, ...tensors }, signal);
        tensors = Object.fromEntries(stateNames.map((name) => [name, outputs[outputOf[name]!]!]));
        all.push(Object.fromEntries(Object.entries(outputs).filter(([name]) => !stateOutputs.has(name))));
      }
      states.tensors = tensors;
      return all;
    },
  };
}

/** Conversations with a stateful model, by the names that callers give them. */
export class Conversations {
  readonly #open = new Map<string, { states: States; last: Promise<unknown> }>();

  /**
   * Does one call's work with the states of its conversation, after the calls that came before it there. Without a
   * `sessionId` the call is a conversation of its own.
   *
   * @throws {InputError} on `endSession`, and on `sessionId`, of which there may be too many.
   */
  async next<T>({ sessionId, endSession }: SessionOptions, work: (states: States) => Promise<T>): Promise<T> {
    if (endSession !== undefined && typeof endSession !== 'boolean') {
      throw new InputError('endSession', `The option endSession is true or false, not ${shown(endSession)}.`);
    }
    if (sessionId === undefined) return work({ tensors: {} });
    if (typeof sessionId !== 'string') throw new InputError('sessionId', 'The option sessionId is a string.');
    let conversation = this.#open.get(sessionId);
    if (!conversation) {
      if (this.#open.size >= maxSessions) {
        throw new InputError(
          'sessionId',
          `${maxSessions} sessions of this model are open. End those that are over with { endSession: true } in their last call.`,
        );
      }
      conversation = { states: { tensors: {} }, last: Promise.resolve() };
      this.#open.set(sessionId, conversation);
    }
    const { states, last } = conversation;
    const result = last.then(() => work(states));
    const settled = result.catch(() => {
      // One that came to no state takes no place.
      const isLast = this.#open.get(sessionId)?.last === settled;
      if (isLast && Object.keys(states.tensors).length === 0) this.#open.delete(sessionId);
    });
    conversation.last = settled;
    // Calls that come from now on begin anew.
    if (endSession) this.#open.delete(sessionId);
    return result;
  }
}

/** How a call belongs to others of a stateful model. */
export interface SessionOptions {
  /** Calls with the same name go on where the one before left off, in the order they were made. */
  readonly sessionId?: string | undefined;
  /** Forgets the state after this call. @default false */
  readonly endSession?: boolean | undefined;
}

const maxSessions = 1000;

function constantTensor(name: string, { constant }: ConstantFeed, input: TensorInfo): Tensor {
  const { type, dims, data } = constant;
  const length = dims.reduce((product, dim) => product * dim, 1);
  if (data.length !== length) throw wrongFeed(name, `its dims ask for ${length} values, and data has ${data.length}`);
  if (data.some((value) => (typeof value === 'string') !== (type === 'string'))) {
    throw wrongFeed(name, `its data are not all ${type === 'string' ? 'strings' : 'numbers'}`);
  }
  if (input.type !== undefined && (type === 'string') !== (input.type === 'string'))
    throw wrongFeed(name, `its type is ${type}, and the model takes ${input.type}`);
  checkShape(name, dims, input);
  const fraction = data.find((value) => /int/.test(input.type ?? type) && !Number.isInteger(value));
  if (fraction !== undefined)
    throw wrongFeed(name, `its data hold ${fraction}, and the model takes whole numbers (${input.type ?? type})`);
  if (type === 'string') return { type, data: data as string[], dims };
  const values: Tensor = { type: 'float64', data: Float64Array.from(data as number[]), dims };
  return castTensor(values, input.type ?? type);
}

function zeroTensor(name: string, { dims }: StateFeed, input: TensorInfo): Tensor {
  const { type, shape } = input;
  const size = dims ?? shape;
  if (type === undefined || type === 'string') throw wrongFeed(name, `a state of the type ${type} cannot be zero`);
  if (!size.every((dim): dim is number => typeof dim === 'number' && dim >= 0)) {
    throw wrongFeed(name, `the model leaves its shape open ([${size.join(', ')}]); add "dims"`);
  }
  checkShape(name, size, input);
  const length = size.reduce((product, dim) => product * dim, 1);
  if (length > maxStateLength) throw wrongFeed(name, `a state of ${length} values is beyond ${maxStateLength}`);
  return castTensor({ type: 'float32' satisfies DataType, data: new Float32Array(length), dims: size }, type);
}

/** Values of a state beyond which none is to be made of zeros. */
const maxStateLength = 2 ** 28;

function checkShape(name: string, dims: readonly number[], { shape }: TensorInfo): void {
  // A model that says nothing of a shape has the same as one that takes a single number.
  if (shape.length === 0) return;
  const fits = dims.length === shape.length && shape.every((dim, axis) => !(Number(dim) > 0) || dim === dims[axis]);
  if (fits) return;
  throw wrongFeed(name, `its dims are [${shorten(dims.join(', '))}], and the model takes [${shape.join(', ')}]`);
}

function wrongFeed(name: string, reason: string): ManifestError {
  return new ManifestError(
    'file-invalid',
    `inference.json says at feeds[${JSON.stringify(name)}] what cannot be: ${reason}. Correct it.`,
  );
}

function namesOf(infos: readonly TensorInfo[]): string {
  return infos.map(({ name }) => JSON.stringify(name)).join(', ');
}
