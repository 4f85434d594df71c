/** **Acknowledged**: an event comes when its revision could be acknowledged, not before. */
import type { Sighting } from './sighting.ts';

export function acknowledged({ batches }: Sighting): string[] {
  return batches.flatMap(({ events, acknowledged: last }) =>
    events
      .filter(({ revision }) => revision > last)
      .map(({ text }) => `${text} came when ${last} was the last that could be acknowledged`),
  );
}
