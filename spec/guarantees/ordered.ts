/** **Ordered**: revisions never fall, and events of one revision come in the order they were made. */
import type { Made } from './chronicle.ts';
import { eventsOf, type Sighting } from './sighting.ts';

export function ordered(sighting: Sighting, made: readonly Made[]): string[] {
  const places = placesOf(made);
  const problems: string[] = [];
  let revision = 0;
  let place = 0;
  for (const event of eventsOf(sighting)) {
    if (event.revision < revision) problems.push(`${event.text} came after one of ${revision}`);
    revision = Math.max(revision, event.revision);
    const own = places.get(event.text);
    // One that never was has no place: that is for another guarantee to say.
    if (own === undefined) continue;
    const next = own.find((candidate) => candidate >= place);
    if (next !== undefined) place = next;
    else if (event.revision === revision) problems.push(`${event.text} came after a later change`);
  }
  return problems;
}

/** Several, if a revision holds the same change more than once. */
function placesOf(made: readonly Made[]): Map<string, number[]> {
  const places = new Map<string, number[]>();
  for (const [place, { text }] of made.entries()) {
    const known = places.get(text);
    if (known === undefined) places.set(text, [place]);
    else known.push(place);
  }
  return places;
}
