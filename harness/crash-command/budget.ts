/**
 * How the time is divided: each part gets its share of what is left when its turn comes, so that one that took
 * longer than its own takes it from the others, and not from whoever waits. None gets so little that it
 * does not begin.
 */
import type { PartName } from '../crash/part.ts';
import type { Budget } from '../runner/pool.ts';
import type { CrashFlags } from './flags.ts';
import { PARTS } from './parts.ts';

/** Without a budget. */
const TIME_MS = 10_000;
const ENDLESS = Number.POSITIVE_INFINITY;
/** Enough for each worker to begin one run; what has begun is finished. */
const LEAST_MS = 50;

/** For all parts together. */
export function timeOf({ run, runs, timeMs }: Pick<CrashFlags, 'run' | 'runs' | 'timeMs'>): number {
  if (run !== undefined) return ENDLESS;
  return timeMs ?? (runs === undefined ? TIME_MS : ENDLESS);
}

/** Of the first of these parts, when so much is left for all of them. */
export function timeOfFirst(parts: readonly PartName[], leftMs: number): number {
  const shares = parts.map((part) => PARTS.get(part)!.share);
  const sum = shares.reduce((sum, share) => sum + share, 0);
  return Math.max(LEAST_MS, (leftMs * shares[0]!) / sum);
}

export function budgetOf({ run, runs }: CrashFlags, timeMs: number, now: () => number): Budget {
  if (run !== undefined) return { from: run, runs: 1, timeMs: ENDLESS, now };
  return { from: 0, runs: runs ?? Number.MAX_SAFE_INTEGER, timeMs, now };
}
