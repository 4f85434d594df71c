/**
 * Watches that begin while what they ask for is still on its way to disk, with hardly any room: what they are
 * shown waits in several places, and all of it may be shown at once when a sync ends.
 */
import type { Arbitrary } from 'fast-check';
import * as fc from 'fast-check';
import type { Draft } from './draft.ts';
import type { StoreCommand } from './program.ts';

const idle: Arbitrary<StoreCommand> = fc.record({
  do: fc.constant('idle'),
  turns: fc.constantFrom(0, 1, 1, 2, 3),
});

export function meetingSyncs(change: Arbitrary<Draft>): Arbitrary<StoreCommand> {
  const changes = fc
    .array(change, { minLength: 1, maxLength: 3 })
    .map((drafts): StoreCommand => ({ do: 'ask', drafts, awaited: false }));
  const watch = fc.record({ ago: fc.integer({ min: 0, max: 2 }), prevKv: fc.boolean() }).map(
    ({ ago, prevKv }): StoreCommand => ({
      do: 'watch',
      watching: {
        selector: { all: true },
        start: ({ revision, compactRevision }) => Math.max(1, compactRevision, revision - ago),
        prevKv: prevKv ? true : undefined,
        only: undefined,
        onSlow: undefined,
        bufferEvents: 1,
        by: 'batches',
        takes: Number.POSITIVE_INFINITY,
      },
    }),
  );
  return fc
    .tuple(changes, idle, changes, watch, idle, changes, idle, changes)
    .map((commands) => ({ do: 'series', commands }));
}
