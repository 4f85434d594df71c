/** What the process holds, and whether that stays as it is. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

export interface Sample {
  readonly seconds: number;
  /** After a full collection: objects, and bytes outside of the heap that they hold. */
  readonly heldBytes: number;
  readonly residentBytes: number;
}

/** A full collection, without a flag on the command line. */
export function newCollector(): () => void {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as () => void;
}

export function sampleOf(seconds: number, collect: () => void): Sample {
  collect();
  const { heapUsed, external, rss } = process.memoryUsage();
  return { seconds, heldBytes: heapUsed + external, residentBytes: rss };
}

export interface Growth {
  /** Medians of the second quarter and of the last one; the first is for warming up. */
  readonly earlyBytes: number;
  readonly lateBytes: number;
  readonly isFlat: boolean;
}

/** What may come and go with where the consumers happen to be. */
const SLACK_BYTES = 6 * 1024 * 1024;
const SLACK_SHARE = 0.1;

export function growthOf(samples: readonly Sample[]): Growth {
  const quarter = Math.floor(samples.length / 4);
  const early = median(samples.slice(quarter, 2 * quarter));
  const late = median(samples.slice(samples.length - quarter));
  const allowed = early * (1 + SLACK_SHARE) + SLACK_BYTES;
  return { earlyBytes: early, lateBytes: late, isFlat: late <= allowed };
}

function median(samples: readonly Sample[]): number {
  const sorted = samples.map(({ heldBytes }) => heldBytes).sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? 0;
}
