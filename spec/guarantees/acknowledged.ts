/**
 * **Acknowledged**: an event comes when its revision could be acknowledged, not before; and nobody is told that all is
 * shown up to a revision that there may never be.
 */
import type { Sighting } from './sighting.ts';

export function acknowledged({ batches }: Sighting): string[] {
  return batches.flatMap(({ revision: bookmark, progress, events, acknowledged: last }) => {
    const early = events.filter(({ revision }) => revision > last).map(({ text }) => text);
    if (progress && bookmark > last) early.push(`progress at ${bookmark}`);
    return early.map((text) => `${text} came when ${last} was the last that could be acknowledged`);
  });
}
