import type { TextSimilarityManifest } from '../manifest/index.ts';
import { cosine } from '../postprocess/cosine.ts';
import { checkTopK } from './classify.ts';
import { createEmbedder } from './embedder.ts';
import {
  checkQueryDocuments,
  distinctDocuments,
  rankDocuments,
  type QueryDocumentsInput,
  type Ranking,
  type RankingOptions,
} from './query-documents.ts';
import type { Task, TaskContext } from './task.ts';

/**
 * How near documents are to a query in meaning: the cosine of the angle between their embeddings, from -1 to 1. Each
 * text goes through the model alone. Token states that no step pools are averaged.
 */
export async function textSimilarity(
  context: TaskContext<TextSimilarityManifest>,
): Promise<Task<QueryDocumentsInput, RankingOptions, Ranking>> {
  const { manifest } = context;
  const pools = manifest.postprocess.some(({ step }) => step === 'pool');
  const postprocess = pools ? manifest.postprocess : [{ step: 'pool', by: 'mean' } as const, ...manifest.postprocess];
  const embedder = await createEmbedder({ ...context, manifest: { ...manifest, postprocess } });
  return {
    prepare(input, options) {
      checkTopK(options);
      const { query, documents } = checkQueryDocuments(input);
      const { texts, places } = distinctDocuments(documents);
      const works = [embedder(query, {}, 'query'), ...texts.map((text) => embedder(text, {}, 'document'))];
      return {
        records: works.map(({ record }) => record),
        finish(outputs) {
          const [first, ...rest] = works.map(({ finish }, index) => finish(outputs[index]!).embedding);
          const each = rest.map((embedding) => cosine(first!, embedding));
          const scores = places.map((place) => each[place]!);
          return rankDocuments(scores, documents, options);
        },
      };
    },
  };
}
