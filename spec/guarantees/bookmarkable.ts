/**
 * **Bookmarkable**: a batch's revision is a promise. Every event of this batch and those before is at most
 * that, every later one is above it, and it never falls. That goes for progress batches, which are nothing
 * but such a promise (R107, R108), as for any other. Of a watch that begins in the future there is nothing to
 * promise until then: going on from a bookmark before its start would show what it never asked for.
 */
import type { Sighting } from './sighting.ts';

export function bookmarkable({ batches, from }: Sighting): string[] {
  const problems: string[] = [];
  let bookmark = 0;
  let lastEvent = 0;
  for (const { revision, progress, events } of batches) {
    if (progress !== (events.length === 0)) {
      problems.push(
        `a batch at ${revision} with ${events.length} events says progress: ${progress}`,
      );
    }
    // Right before its start everything that it asked for was shown, which is nothing.
    if (progress && revision < from - 1) {
      problems.push(`progress at ${revision} of a watch that begins at ${from}`);
    }
    // What follows in the revision of the event before is torn, and for Atomic to say.
    const late = events.filter(
      (event) => event.revision <= bookmark && event.revision !== lastEvent,
    );
    problems.push(...late.map(({ text }) => `${text} came after the bookmark ${bookmark}`));
    lastEvent = Math.max(lastEvent, ...events.map((event) => event.revision));
    if (revision < Math.max(bookmark, lastEvent)) {
      problems.push(`a bookmark at ${revision} came after ${Math.max(bookmark, lastEvent)}`);
    }
    bookmark = Math.max(bookmark, revision);
  }
  return problems;
}
