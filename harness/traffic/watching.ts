/**
 * Watches that begin anywhere, take what they are shown at their own pace, are left and gone on with.
 */
import type { Arbitrary } from 'fast-check';
import * as fc from 'fast-check';
import type { Model } from '../../spec/model.ts';
import type { Selector } from '../../spec/types.ts';
import { type Moment, moment } from './draft.ts';
import { flag, maybe, selector } from './vocabulary.ts';

export interface Watching {
  readonly selector: Selector;
  /** Undefined: from now on. */
  readonly start: Moment | undefined;
  readonly prevKv: true | undefined;
  readonly only: 'put' | 'delete' | undefined;
  readonly onSlow: 'cancel' | undefined;
  readonly bufferEvents: number | undefined;
  readonly by: 'batches' | 'events';
  /** Batches or events that are taken as they come; more when it is told to. */
  readonly takes: number;
}

export type WatchCommand =
  | { readonly do: 'watch'; readonly watching: Watching }
  /** `which` counts the watches that are open, round and round. */
  | { readonly do: 'take'; readonly which: number; readonly count: number }
  | { readonly do: 'progress'; readonly which: number }
  | { readonly do: 'leave'; readonly which: number; readonly goOn: boolean }
  /** Turns of the event loop. */
  | { readonly do: 'idle'; readonly turns: number };

/** Mostly many keys: a watch that is shown nothing proves nothing. */
const watched: Arbitrary<Selector> = fc.oneof(
  { weight: 3, arbitrary: fc.constant<Selector>({ all: true }) },
  { weight: 3, arbitrary: fc.constantFrom<Selector>({ prefix: 'a' }, { gte: 'ab' }, { key: 'a' }) },
  { weight: 3, arbitrary: selector },
);
/** The edges of history, its very beginning, and what is still to come. */
const start: Arbitrary<Moment> = fc.oneof(
  { weight: 4, arbitrary: moment },
  { weight: 2, arbitrary: fc.constant(() => 1) },
  {
    weight: 2,
    arbitrary: fc.constant(({ compactRevision }: Model) => Math.max(1, compactRevision)),
  },
  {
    weight: 1,
    arbitrary: fc.integer({ min: 2, max: 5 }).map(
      (offset) =>
        ({ revision }: Model) =>
          revision + offset,
    ),
  },
);

const watching: Arbitrary<Watching> = fc.record({
  selector: watched,
  start: maybe(start, 2),
  prevKv: flag(2),
  only: maybe(fc.constantFrom('put', 'delete'), 5),
  onSlow: maybe(fc.constant('cancel'), 8),
  bufferEvents: fc.constantFrom(undefined, 1, 2, 3, 10),
  by: fc.constantFrom('batches', 'batches', 'events'),
  takes: fc.constantFrom(0, 1, 2, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY),
});

const which = fc.nat({ max: 7 });

/** Weighted as `fc.oneof` has it. */
export const watchCommands: readonly {
  readonly weight: number;
  readonly arbitrary: Arbitrary<WatchCommand>;
}[] = [
  { weight: 6, arbitrary: fc.record({ do: fc.constant('watch'), watching }) },
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant('take'), which, count: fc.constantFrom(1, 2, 5) }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('progress'), which }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('leave'), which, goOn: fc.boolean() }) },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('idle'), turns: fc.constantFrom(1, 2, 5, 20) }),
  },
];
