/**
 * A store that is written, watched, compacted and defragmented for as long as wanted: every event is judged
 * by the guarantees, and what the process holds must not grow.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { type EmbeddedStore, open } from '../../engine/index.ts';
import { Chronicle } from '../../spec/guarantees/chronicle.ts';
import { Consumer, habits } from './consumers.ts';
import { type Growth, growthOf, newCollector, type Sample, sampleOf } from './heap.ts';
import type { SoakOptions } from './options.ts';
import { writeUntil } from './writer.ts';

/** Few enough that a consumer that stalls for long is overtaken. */
const REVISIONS_KEPT = 2000;
const REVIEW_MS = 500;
const DEFRAGMENT_MS = 3000;
const SAMPLES = 120;
const SAMPLE_MS_MIN = 250;

export interface SoakResult {
  readonly seconds: number;
  readonly revision: number;
  readonly compactRevision: number;
  readonly defragmentations: number;
  readonly consumers: readonly { readonly name: string; events: number; overtaken: number }[];
  /** Broken guarantees, in words. */
  readonly problems: readonly string[];
  readonly samples: readonly Sample[];
  readonly growth: Growth;
}

export async function soak(options: SoakOptions): Promise<SoakResult> {
  const directory = mkdtempSync(join(options.directory, 'varve-soak-'));
  const random = numbersFrom(options.seed);
  const store = await open(directory, {
    segmentSizeBytes: 4 * 1024 * 1024,
    autoCompaction: { mode: 'revision', keep: REVISIONS_KEPT },
    random,
  });
  try {
    return await soaking(store, options.seconds, random);
  } finally {
    await store.close();
    rmSync(directory, { recursive: true, force: true });
  }
}

async function soaking(
  store: EmbeddedStore,
  seconds: number,
  random: () => number,
): Promise<SoakResult> {
  const startedAtMs = performance.now();
  const elapsed = (): number => (performance.now() - startedAtMs) / 1000;
  const stop = new AbortController();
  const chronicle = new Chronicle();
  const consumers = habits.map((habit) => new Consumer(habit, store, chronicle));
  const samples: Sample[] = [];
  const collect = newCollector();
  let defragmentations = 0;
  const every = async (ms: number, run: () => unknown): Promise<void> => {
    while (!stop.signal.aborted) {
      await setTimeout(ms, undefined, { signal: stop.signal }).catch(() => {});
      if (!stop.signal.aborted) await run();
    }
  };
  const tasks = [
    writeUntil(stop.signal, store, chronicle, random),
    ...consumers.map((consumer) => consumer.run(stop.signal)),
    every(REVIEW_MS, () => {
      for (const consumer of consumers) consumer.review();
      chronicle.forgetBelow(Math.min(...consumers.map(({ from }) => from)));
    }),
    every(DEFRAGMENT_MS, async () => {
      await store.defragment();
      defragmentations++;
    }),
    every(Math.max(SAMPLE_MS_MIN, (seconds * 1000) / SAMPLES), () => {
      samples.push(sampleOf(elapsed(), collect));
    }),
  ];
  // The first that fails ends it all.
  const failed = Promise.all(tasks);
  await Promise.race([failed, setTimeout(seconds * 1000)]);
  stop.abort();
  await failed;
  await store.flush();
  await Promise.all(consumers.map((consumer) => consumer.finish(store.revision)));
  return {
    seconds: elapsed(),
    revision: store.revision,
    compactRevision: store.compactRevision,
    defragmentations,
    consumers: consumers.map(({ habit: { name }, events, overtaken }) => ({
      name,
      events,
      overtaken,
    })),
    problems: consumers.flatMap(({ problems }) => problems),
    samples,
    growth: growthOf(samples),
  };
}

/** Lehmer's generator: good enough to pick keys. */
function numbersFrom(seed: number): () => number {
  let state = (Math.floor(seed) % 0x7ffffffe) + 1;
  return () => {
    state = (state * 48271) % 0x7fffffff;
    return state / 0x7fffffff;
  };
}
