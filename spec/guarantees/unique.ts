/** **Unique**: no event comes twice. A revision may hold the same change twice; then so may the watch. */
import type { Happening, Made } from './chronicle.ts';
import { eventsOf, type Sighting } from './sighting.ts';

export function unique(sighting: Sighting, made: readonly Made[]): string[] {
  const times = countsOf(made);
  return [...countsOf(eventsOf(sighting))]
    .filter(([text, seen]) => seen > (times.get(text) ?? 1))
    .map(([text, seen]) => `${text} came ${seen} times`);
}

function countsOf(all: readonly (Happening & { readonly text: string })[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { text } of all) counts.set(text, (counts.get(text) ?? 0) + 1);
  return counts;
}
