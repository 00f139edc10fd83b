import * as v from 'valibot';
import { count, finite, type BaseManifest } from './base.ts';

/** Several models, one after the other. Its answer has each stage's, by the stage's name. */
export interface PipelineManifest extends Pick<BaseManifest, 'card' | 'golden'> {
  readonly task: 'pipeline';
  readonly stages: readonly Stage[];
}

export interface Stage {
  /** Names its answer. */
  readonly name: string;
  /**
   * Where its model is: a folder of this archive (`"detector/"`), or the address of another archive, relative to
   * this one's (`"classifier.tar.gz"`). Each is described as an archive of its own.
   */
  readonly from: string;
  /**
   * What it is fed: the pipeline's input, or a part of an earlier stage's answer, by its path (`"speech.text"`).
   * An object of paths feeds an object. Where `each` is set, `item` is the item at hand.
   *
   * @default 'input'; 'item' where `each` is set
   */
  readonly input?: string | Readonly<Record<string, string>> | undefined;
  /** The path of a list in an earlier answer (`"faces.objects"`): the stage answers once an item, its answer a list. */
  readonly each?: string | undefined;
  /** Feeds the part of the input image that an item's `box` shows, instead of the item. */
  readonly crop?:
    | {
        /** What is added on each side, as a share of the box's own size. @default 0 */
        readonly margin?: number | undefined;
      }
    | undefined;
  /** Items at the most, the first ones. @default 100 */
  readonly limit?: number | undefined;
  /** Leaves out items with a lower `score`; their place in the list is null. */
  readonly minScore?: number | undefined;
  /** Options of its calls, as in `{ "topK": 1 }`. */
  readonly options?: Readonly<Record<string, unknown>> | undefined;
}

/** A folder, or an address that is not a server's: no scheme, no white space at its ends, no control character. */
const place: v.GenericSchema<unknown, string> = v.pipe(
  v.string(),
  v.check(
    (from) => from !== '' && !/^\s|\s$|^[/\\]|^[a-z][a-z\d+.-]*:|\\|\p{Cc}/iu.test(from),
    'a folder of this archive, or the address of an archive relative to this one',
  ),
);

/** What `inference.json` may say beside what every task may. */
export const pipelineFields: Readonly<Record<'pipeline', v.ObjectEntries>> = {
  pipeline: {
    stages: v.pipe(
      v.array(
        v.strictObject({
          name: v.pipe(v.string(), v.regex(/^[a-z]\w*$/i)),
          from: place,
          input: v.optional(v.union([v.string(), v.record(v.string(), v.string())])),
          each: v.optional(v.string()),
          crop: v.optional(v.strictObject({ margin: v.optional(v.pipe(finite, v.minValue(0))) })),
          limit: v.optional(count),
          minScore: v.optional(finite),
          options: v.optional(v.record(v.string(), v.unknown())),
        }),
      ),
      v.minLength(1),
      v.maxLength(100),
    ),
  },
};
