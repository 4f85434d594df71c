/** What one watch was asked for and what it showed, as plain data: what the guarantees are judged by. */
import { selects } from '../model-range.ts';
import type { KeyValue, Selector } from '../types.ts';
import type { Happening, Made } from './chronicle.ts';

export interface SeenEvent extends Happening {
  /** As in `Made`: the same line for the same happening. */
  readonly text: string;
  readonly prevKv: KeyValue | undefined;
}

export interface SeenBatch {
  /** Everything up to here was shown, says the batch. */
  readonly revision: number;
  readonly progress: boolean;
  readonly events: readonly SeenEvent[];
  /** The last revision that could be acknowledged when the batch came, and the compacted one. */
  readonly acknowledged: number;
  readonly compactRevision: number;
}

export interface Asked {
  readonly selector: Selector;
  /** The first revision it is to show. */
  readonly from: number;
  readonly prevKv: boolean;
  readonly only: 'put' | 'delete' | undefined;
}

export interface Sighting extends Asked {
  readonly batches: readonly SeenBatch[];
  /** There was time to show everything up to here. Undefined: it was left, or ended, while there was more. */
  readonly upTo: number | undefined;
  /** What `watch.revision` said when it was left: it can be gone on with one further. */
  readonly left: number | undefined;
  /** The compacted revision it ended with, for that reason. */
  readonly cutOffBy: number | undefined;
  /** The compacted revision when it began, -1 without one, and all that came later. */
  readonly compactions: readonly number[];
}

/** What is wrong, in words; nothing if the guarantee holds. */
export type Checker = (sighting: Sighting, made: readonly Made[]) => string[];

export function wants(
  { selector, only, from }: Asked,
  { type, key, revision }: Happening,
): boolean {
  return revision >= from && (only === undefined || type === only) && selects(selector, key);
}

/** What it should show, apart from what a compaction at that very revision may have taken (R99). */
export function owedTo(sighting: Sighting, made: readonly Made[]): Made[] {
  return made.filter(
    (one) =>
      wants(sighting, one) && !(one.isSuperseded && sighting.compactions.includes(one.revision)),
  );
}

export function eventsOf({ batches }: Sighting): SeenEvent[] {
  return batches.flatMap(({ events }) => events);
}

/** Of the last event, or the revision before the first one asked for. */
export function lastShown(sighting: Sighting): number {
  return eventsOf(sighting).reduce(
    (last, { revision }) => Math.max(last, revision),
    sighting.from - 1,
  );
}
