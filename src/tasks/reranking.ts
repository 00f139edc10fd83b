import { ManifestError } from '../errors.ts';
import type { RerankingManifest } from '../manifest/index.ts';
import type { NamedTensors } from '../tensor.ts';
import { sigmoid, softmax } from '../postprocess/softmax.ts';
import { checkTopK, labelNumbers } from './classify.ts';
import { createFeeder, resultOf } from './feeds.ts';
import {
  checkQueryDocuments,
  distinctDocuments,
  rankDocuments,
  type QueryDocumentsInput,
  type Ranking,
  type RankingOptions,
} from './query-documents.ts';
import type { Task, TaskContext } from './task.ts';
import { loadTextEncoder } from './text-encoder.ts';

/**
 * How well documents answer a query, by a model that reads the two together (a cross-encoder). Its single number goes
 * through the manifest's steps; of several, the score is that of the label which says `relevant` or the like.
 */
export async function reranking(
  context: TaskContext<RerankingManifest>,
): Promise<Task<QueryDocumentsInput, RankingOptions, Ranking>> {
  const { manifest } = context;
  const encoder = await loadTextEncoder(context);
  const feed = createFeeder(context, encoder.roles, 'a pair of texts');
  const steps = manifest.postprocess;
  return {
    prepare(input, options) {
      checkTopK(options);
      const { query, documents } = checkQueryDocuments(input);
      const { texts, places } = distinctDocuments(documents);
      return {
        records: texts.map((pair) => feed(encoder.encode(query, { pair }).tensors)),
        finish(outputs) {
          const each = outputs.map((output) => relevance(output, manifest));
          const scores = places.map((place) => each[place]!);
          const topK = options.topK ?? steps.find((step) => step.step === 'top-k')?.k;
          const min = steps.find((step) => step.step === 'threshold')?.min;
          return rankDocuments(scores, documents, { ...(topK !== undefined && { topK }), min });
        },
      };
    },
  };
}

function relevance(outputs: NamedTensors, manifest: RerankingManifest): number {
  const tensor = resultOf({ manifest }, outputs, 'logits', 'scores', 'score');
  let values = Array.from(labelNumbers(tensor));
  for (const { step } of manifest.postprocess) {
    if (step === 'softmax') values = values.length > 1 ? softmax(values) : values.map(sigmoid);
    else if (step === 'sigmoid') values = values.map(sigmoid);
    else if (step === 'complement') values = [1 - values[0]!, values[0]!];
  }
  return values[relevantLabel(values.length, manifest.labels)]!;
}

/** The index of the label that stands for a good answer; where two have no such names, the second. */
function relevantLabel(count: number, labels: readonly string[]): number {
  const named = count > 1 ? labels.slice(0, count).findIndex((label) => saysRelevant.test(label)) : -1;
  if (named >= 0) return named;
  if (count <= 2) return count - 1;
  throw new ManifestError(
    'task-unsupported',
    `The model gave ${count} numbers a pair, and none of its labels (${labels.join(', ') || 'it has none'}) says which one makes a document relevant. Name it "relevant" under "labels" of inference.json.`,
  );
}

const saysRelevant = /^(relevant|yes|true|positive|duplicate|equivalent|paraphrase|entail)/i;
