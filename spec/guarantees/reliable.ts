/**
 * **Reliable**: no gap, and nothing made up. Every change that was asked for is among the events, just as it
 * was made; every event is a change that was made. A watch may end before its time only when a compaction
 * took what it had still to show (R97, R100).
 */
import type { Made } from './chronicle.ts';
import { eventsOf, lastShown, owedTo, type Sighting } from './sighting.ts';

export function reliable(sighting: Sighting, made: readonly Made[]): string[] {
  const seen = new Set(eventsOf(sighting).map(({ text }) => text));
  const real = new Set(made.map(({ text }) => text));
  // The last revision of a watch that was left may be there in part: Atomic is about that.
  const until = sighting.upTo ?? lastShown(sighting) - 1;
  const missing = owedTo(sighting, made).filter(
    ({ revision, text }) => revision <= until && !seen.has(text),
  );
  const madeUp = [...seen].filter((text) => !real.has(text));
  return [
    ...missing.map(({ text }) => `${text} never came`),
    ...madeUp.map((text) => `${text} never was`),
    ...wrongEnd(sighting),
  ];
}

function wrongEnd({ cutOffBy, batches, from }: Sighting): string[] {
  if (cutOffBy === undefined) return [];
  const next = Math.max(from, ...batches.map(({ revision }) => revision + 1));
  return next < cutOffBy ? [] : [`a compaction at ${cutOffBy} ended it, and it was at ${next}`];
}
