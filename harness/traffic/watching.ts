/**
 * What the watch property does: writes, compactions and cleaning as `traffic.ts` has them, and between them
 * watches that begin anywhere, take what they are shown at their own pace, are left and gone on with.
 */
import type { Arbitrary } from 'fast-check';
import * as fc from 'fast-check';
import type { Model } from '../../spec/model.ts';
import type { Selector } from '../../spec/types.ts';
import { type Draft, type Moment, moment } from './draft.ts';
import { change } from './commands.ts';
import { compact, defragment } from './maintenance.ts';
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

export type Command =
  /** All at once; what is not awaited is under way while the next commands run. */
  | { readonly do: 'write'; readonly drafts: readonly Draft[]; readonly awaited: boolean }
  | { readonly do: 'watch'; readonly watching: Watching }
  /** `which` counts the watches that are open, round and round. */
  | { readonly do: 'take'; readonly which: number; readonly count: number }
  | { readonly do: 'progress'; readonly which: number }
  | { readonly do: 'leave'; readonly which: number; readonly goOn: boolean }
  | { readonly do: 'idle'; readonly turns: number }
  | { readonly do: 'restart' };

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

const draft: Arbitrary<Draft> = fc.oneof(
  { weight: 14, arbitrary: change },
  { weight: 2, arbitrary: compact },
  { weight: 1, arbitrary: defragment },
);
const which = fc.nat({ max: 7 });

const command: Arbitrary<Command> = fc.oneof(
  {
    weight: 16,
    arbitrary: fc.record({
      do: fc.constant('write'),
      drafts: fc.oneof(
        { weight: 2, arbitrary: fc.array(draft, { minLength: 1, maxLength: 1 }) },
        { weight: 1, arbitrary: fc.array(draft, { minLength: 2, maxLength: 6 }) },
      ),
      awaited: fc.boolean(),
    }),
  },
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
  { weight: 1, arbitrary: fc.constant<Command>({ do: 'restart' }) },
);

export const watchCommands: Arbitrary<Command[]> = fc.array(command, {
  minLength: 1,
  maxLength: 60,
  size: 'max',
});
