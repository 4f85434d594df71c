/**
 * What a store goes through before its disk is let down: changes of every kind, compactions, cleaning,
 * leases, backups, restarts, one after the other or several at once. Steps are drafts, that look at the
 * model when their turn comes.
 */
import type { Arbitrary } from 'fast-check';
import * as fc from 'fast-check';
import type { Model } from '../../spec/model.ts';
import type { Operation } from '../../spec/types.ts';
import { change } from '../traffic/changes.ts';
import { compact, defragment } from '../traffic/maintenance.ts';
import { attaching, granting, type NumberedDraft, revoking } from './lease-drafts.ts';

export type Step =
  | { readonly step: 'ask'; readonly draft: NumberedDraft; readonly awaited: boolean }
  /** A read of everything that waits until what it shows is durable. */
  | { readonly step: 'look' }
  | { readonly step: 'backup' }
  /** Long enough for whatever is done when nobody writes. */
  | { readonly step: 'idle' }
  | { readonly step: 'reopen' };

export interface Plan {
  /** With the number that each has for good: a lease that it grants bears it. */
  readonly steps: readonly (readonly [number: number, step: Step])[];
  /** A close with at least so many new records leaves a checkpoint. */
  readonly checkpointRecordsMin: number;
  /** Turns of the event loop that a sync in the background takes; without them syncs are done in place. */
  readonly slowSyncs: boolean;
  /** Begins before the first step: what it shows may not be taken back. */
  readonly watches: boolean;
  /** At once, or at the next step 'idle': until then files of dropped segments are kept and used again. */
  readonly idleMarkDelayMs: number;
}

const physical: Arbitrary<NumberedDraft> = fc.nat({ max: 3 }).map(
  (behind) =>
    (model: Model): Operation => ({
      op: 'compact',
      revision: Math.max(1, model.revision - behind),
      physical: true,
    }),
);

const step: Arbitrary<Step> = fc.oneof(
  {
    weight: 24,
    arbitrary: fc.record({
      step: fc.constant('ask' as const),
      draft: fc.oneof(
        { weight: 12, arbitrary: change },
        { weight: 2, arbitrary: compact },
        { weight: 2, arbitrary: physical },
        { weight: 2, arbitrary: defragment },
        { weight: 2, arbitrary: granting },
        { weight: 2, arbitrary: attaching },
        { weight: 1, arbitrary: revoking },
      ),
      awaited: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.constant<Step>({ step: 'look' }) },
  { weight: 1, arbitrary: fc.constant<Step>({ step: 'backup' }) },
  { weight: 1, arbitrary: fc.constant<Step>({ step: 'idle' }) },
  { weight: 2, arbitrary: fc.constant<Step>({ step: 'reopen' }) },
);

const ask = (draft: NumberedDraft): Step => ({ step: 'ask', draft, awaited: true });

/** The same two keys over and over, and compactions: segments die whole, and their files serve others. */
const turnover: Arbitrary<Step[]> = fc
  .array(
    fc.tuple(
      fc.array(
        fc.record({ key: fc.constantFrom('a', 'b'), length: fc.integer({ min: 700, max: 1000 }) }),
        { minLength: 4, maxLength: 7 },
      ),
      physical,
    ),
    { minLength: 2, maxLength: 3 },
  )
  .map((rounds) =>
    rounds.flatMap(([puts, compaction]): Step[] => [
      ...puts.map(({ key, length }) => ask(() => ({ op: 'put', key, value: 'v'.repeat(length) }))),
      ask(compaction),
      { step: 'look' },
    ]),
  );

export const plans: Arbitrary<Plan> = fc.record({
  steps: fc
    .oneof(
      { weight: 7, arbitrary: fc.array(step, { minLength: 3, maxLength: 12, size: 'max' }) },
      { weight: 1, arbitrary: turnover },
    )
    .map((steps): Plan['steps'] => [...steps.entries()]),
  checkpointRecordsMin: fc.constantFrom(1, 8, 1_000_000),
  slowSyncs: fc.boolean(),
  watches: fc.boolean(),
  idleMarkDelayMs: fc.constantFrom(1, 100),
});

export function planOf(seed: number): Plan {
  return fc.sample(plans, { seed, numRuns: 1 })[0]!;
}

/** Without the steps at other places. */
export function only(plan: Plan, places: readonly number[]): Plan {
  return { ...plan, steps: places.map((place) => plan.steps[place]!) };
}
