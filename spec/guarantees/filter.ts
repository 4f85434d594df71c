/** **Filter**: only events that were asked for: of these keys, of this type, from this revision on. */
import { eventsOf, type Sighting, wants } from './sighting.ts';

export function filter(sighting: Sighting): string[] {
  return eventsOf(sighting)
    .filter((event) => !wants(sighting, event))
    .map(({ text }) => `${text} was not asked for`);
}
