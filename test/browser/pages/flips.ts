import { assert } from 'chai';
import { ArtifactError, deploy, InferenceError, openArtifact, tensor, type Endpoint } from 'inpoint';
import { difference, readGolden, type GoldenSample } from '../../../src/golden.ts';
import { fieldsOf, readTree, writeTree } from '../../mutations/onnx-tree.ts';
import { Random } from '../../mutations/random.ts';
import { rejection, report, test } from '../harness.ts';
import { fixture, pack } from '../pack.ts';

/** One bit of one weight: digests catch it wherever they are, and golden samples where it changes what they see. */

interface Packed {
  readonly name: string;
  readonly archive: Uint8Array;
  readonly files: ReadonlyMap<string, Uint8Array<ArrayBuffer>>;
  readonly model: string;
  readonly samples: readonly GoldenSample[];
}

async function packedModel(name: string): Promise<Packed> {
  const address = `/models/${name}/model.tar.gz`;
  const artifact = await openArtifact(address, { cache: 'no-store' });
  const files = new Map<string, Uint8Array<ArrayBuffer>>();
  for (const { path, blob } of artifact.files) files.set(path, new Uint8Array(await blob.arrayBuffer()));
  const { golden } = JSON.parse(new TextDecoder().decode(files.get('inference.json'))) as { golden: string };
  const { samples } = (await readGolden(artifact, { golden }))!;
  const archive = new Uint8Array(await (await fetch(address)).arrayBuffer());
  const model = [...files.keys()].find((path) => path.endsWith('.onnx'))!;
  return { name, archive, files, model, samples };
}

const models = await Promise.all(['digits', 'penguins', 'sentiment'].map(packedModel));
// As long as one model is there, the engine stays for those that come and go.
const anchor = await deploy('/models/penguins/model.tar.gz', { cache: 'no-store' });

for (const { name, files, model } of models) {
  test(`any flipped bit of ${name} is caught by the digests of its archive`, async () => {
    const random = new Random(7);
    for (let n = 0; n < 20; n++) {
      const source = await pack({ ...Object.fromEntries(files), [model]: flipped(files.get(model)!, random) });
      const error = await rejection(deploy(source, { task: 'tensor' }));
      assert.instanceOf(error, ArtifactError);
      assert.equal(error.code, 'archive-corrupt', error.message);
      assert.include(error.message, model);
    }
  });

  test(`any flipped bit of the archive of ${name} is refused, or changes nothing`, async () => {
    const random = new Random(8);
    const { archive, samples } = models.find((one) => one.name === name)!;
    for (let n = 0; n < 20; n++) {
      const source = new File([flipped(archive, random)], 'model.tar.gz');
      try {
        await using endpoint = await deploy(source);
        assert.isUndefined(await seenBy(endpoint, samples));
      } catch (error) {
        assert.instanceOf(error, ArtifactError, String(error));
      }
    }
  });
}

/** Bits of a float32 by what they do, from the sign down (IEEE 754). */
const bits = {
  sign: [31],
  exponent: [23, 24, 25, 26, 27, 28, 29, 30],
  'high mantissa': [20, 21, 22],
  'middle mantissa': [10, 11, 12, 13, 14, 15, 16, 17, 18, 19],
  'low mantissa': [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
} as const;

test('a flip of sign, exponent or high mantissa of a weight that counts is caught by golden samples', async () => {
  const model = new Uint8Array(await fixture('models/weights.onnx'));
  // Sums on either side of zero: the model has a branch for each.
  const inputs = [1, -1].map((sign) =>
    tensor(
      'float32',
      Float32Array.of(3, 5, 7, 11).map((x) => x * sign),
      [1, 4],
    ),
  );
  await using sound = await deploy([{ path: 'model.onnx', source: new Blob([model]) }], { task: 'tensor' });
  const samples: GoldenSample[] = [];
  for (const x of inputs) {
    const answer = await sound.invoke({ x });
    samples.push({ name: 'x', input: { x }, options: {}, expected: { kind: 'answer', answer }, tolerance: 1e-4 });
  }
  const random = new Random(9);
  const table: Record<string, string> = {};
  for (const [part, choices] of Object.entries(bits)) {
    const unseen: string[] = [];
    for (let n = 0; n < 24; n++) {
      const { bytes, what } = flippedWeight(model, random, choices, 0.05);
      if (!(await isCaught([{ path: 'model.onnx', source: new Blob([bytes]) }], samples, true))) unseen.push(what);
    }
    table[part] = `${24 - unseen.length}/24`;
    if (!part.startsWith('middle') && !part.startsWith('low')) assert.deepEqual(unseen, []);
  }
  console.log(`caught by golden samples, weights of 0.05 and more: ${JSON.stringify(table)}`);
});

// The weights of penguins are attributes of operators for tables.
for (const { name, files, model, samples } of models.filter((one) => one.name !== 'penguins')) {
  test(`flips of weights of ${name} without digests: what golden samples see`, async () => {
    const {
      files: _,
      parts: __,
      ...description
    } = JSON.parse(new TextDecoder().decode(files.get('inference.json'))) as Record<string, unknown>;
    const others = [...files, ['inference.json', new TextEncoder().encode(JSON.stringify(description))] as const]
      .filter(([path, bytes]) => path !== model && bytes !== files.get('inference.json'))
      .map(([path, bytes]) => ({ path, source: new Blob([bytes]) }));
    const soundFiles = [...others, { path: model, source: new Blob([files.get(model)!]) }];
    assert.isFalse(await isCaught(soundFiles, samples), 'the sound model');
    const random = new Random(10);
    const table: Record<string, string> = {};
    for (const [part, choices] of Object.entries(bits)) {
      let caught = 0;
      for (let n = 0; n < 12; n++) {
        const { bytes } = flippedWeight(files.get(model)!, random, choices, 0);
        if (await isCaught([...others, { path: model, source: new Blob([bytes]) }], samples)) caught++;
      }
      table[part] = `${caught}/12`;
    }
    console.log(`caught by golden samples, any weight of ${name}: ${JSON.stringify(table)}`);
  });
}

async function isCaught(
  source: { path: string; source: Blob }[],
  samples: readonly GoldenSample[],
  asTensors: boolean = false,
): Promise<boolean> {
  try {
    await using endpoint = await deploy(source, asTensors ? { task: 'tensor' } : {});
    return (await seenBy(endpoint, samples)) !== undefined;
  } catch (error) {
    // NaN is no answer, and some weights are shapes.
    assert.instanceOf(error, InferenceError, String(error));
    return true;
  }
}

async function seenBy(endpoint: Endpoint, samples: readonly GoldenSample[]): Promise<string | undefined> {
  for (const { input, options, expected, tolerance } of samples) {
    if (expected.kind !== 'answer') continue;
    const found = difference(expected.answer, await endpoint.invoke(input, options), tolerance);
    if (found) return found;
  }
  return undefined;
}

function flipped(bytes: Uint8Array, random: Random): Uint8Array<ArrayBuffer> {
  const copy = new Uint8Array(bytes);
  copy[random.below(copy.length)]! ^= 1 << random.below(8);
  return copy;
}

/** One bit of one float32 weight that is at least so large, or anything where that is 0. */
function flippedWeight(
  model: Uint8Array,
  random: Random,
  choices: readonly number[],
  least: number,
): { bytes: Uint8Array<ArrayBuffer>; what: string } {
  const fields = readTree(model);
  const tensors = [...fieldsOf(fields)].flatMap(({ field }) => {
    const raw = field.children?.find(({ role }) => role === 'TensorProto.raw_data');
    const type = field.children?.find(({ role }) => role === 'TensorProto.data_type');
    return raw && type?.bytes[0] === 1 && raw.bytes.length >= 64 ? [raw] : [];
  });
  const count = tensors.reduce((sum, { bytes }) => sum + bytes.length / 4, 0);
  for (;;) {
    let index = random.below(count);
    const raw = tensors.find(({ bytes }) => (index -= bytes.length / 4) < 0)!;
    const copy = new Uint8Array(raw.bytes);
    const at = copy.length + index * 4;
    const view = new DataView(copy.buffer);
    const before = view.getFloat32(at, true);
    if (Math.abs(before) < least) continue;
    const bit = random.pick(choices);
    view.setUint32(at, (view.getUint32(at, true) ^ (2 ** bit)) >>> 0, true);
    raw.bytes = copy;
    return { bytes: writeTree(fields), what: `bit ${bit} of ${before}: ${view.getFloat32(at, true)}` };
  }
}

await report();
await anchor.close();
