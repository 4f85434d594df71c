/**
 * **Resumable**: who leaves a watch and begins another at `watch.revision + 1` misses nothing in between,
 * and sees nothing again.
 */
import type { Made } from './chronicle.ts';
import { lastShown, owedTo, type Sighting } from './sighting.ts';

export function resumable(sighting: Sighting, made: readonly Made[]): string[] {
  const { left } = sighting;
  if (left === undefined) return [];
  const last = lastShown(sighting);
  if (left < last) return [`left at ${left}, ${last} would be shown again`];
  return owedTo(sighting, made)
    .filter(({ revision }) => revision > last && revision <= left)
    .map(({ text }) => `left at ${left}, ${text} would be lost`);
}
