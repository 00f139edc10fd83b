import type { AudioClassificationManifest } from '../manifest/index.ts';
import type { WorkerAudio } from '../preprocess/browser-audio.ts';
import { audioRate } from '../preprocess/audio-rate.ts';
import { createAudioFeeds } from './audio-feeds.ts';
import { checkLabels, checkTopK, classify, type Classification, type ClassificationOptions } from './classify.ts';
import type { Task, TaskContext } from './task.ts';

/** Sound to labels. */
export function audioClassification(
  context: TaskContext<AudioClassificationManifest>,
): Task<WorkerAudio, ClassificationOptions, Classification> {
  const feedsOf = createAudioFeeds(context);
  checkLabels(context);
  return {
    sampleRate: audioRate(context.manifest.preprocess),
    async prepare(audio, options, signal) {
      checkTopK(options);
      const { feeds } = await feedsOf(audio, signal);
      return { records: [feeds], finish: ([outputs]) => classify(outputs!, context, options) };
    },
  };
}
