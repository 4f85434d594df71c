/**
 * What the property asks of a store: the words are in `vocabulary.ts`, revisions lie around the edges,
 * and a condition on a mod revision is right about as often as it is wrong.
 */
import type { Arbitrary } from 'fast-check';
import * as fc from 'fast-check';
import type { Model } from '../../spec/model.ts';
import type { Bytes, SortTarget, WriteStep } from '../../spec/types.ts';
import { type Draft, maybeMoment, moment, now } from './draft.ts';
import { compact, defragment, diff, hashKv, history, snapshot } from './maintenance.ts';
import { txn } from './txn.ts';
import { doomed, flag, given, keyOrEmpty, maybe, selector, value } from './vocabulary.ts';

/** One draft, or several writes under way at the same time. */
export interface Command {
  readonly drafts: readonly Draft[];
}

const get: Arbitrary<Draft> = fc
  .tuple(keyOrEmpty, maybeMoment, flag())
  .map(([key, moment, keysOnly]) => (model: Model) => ({
    op: 'get',
    key,
    ...given({ revision: moment?.(model), keysOnly }),
  }));

const SORT_TARGETS: readonly SortTarget[] = ['key', 'version', 'create', 'mod', 'value'];
const filter = maybe(moment, 8);
const range: Arbitrary<Draft> = fc
  .tuple(
    selector,
    maybeMoment,
    fc.record({
      keysOnly: flag(),
      reverse: flag(),
      limit: maybe(fc.integer({ min: -1, max: 6 }), 3),
      sort: maybe(fc.constantFrom(...SORT_TARGETS), 2),
    }),
    fc.record({
      minModRevision: filter,
      maxModRevision: filter,
      minCreateRevision: filter,
      maxCreateRevision: filter,
    }),
  )
  .map(([selector, moment, options, filters]) => (model: Model) => {
    const bounds = Object.entries(filters).map(([name, filter]) => [name, filter?.(model)]);
    const revision = moment?.(model);
    return {
      op: 'range',
      selector,
      ...given({ revision, ...options, ...Object.fromEntries(bounds) }),
    };
  });

const count: Arbitrary<Draft> = fc
  .tuple(selector, maybeMoment)
  .map(([selector, moment]) => (model: Model) => ({
    op: 'count',
    selector,
    ...given({ revision: moment?.(model) }),
  }));

const lease = maybe(fc.constantFrom(1n, -1n, 2n ** 63n - 1n), 24);
/** Added to the mod revision the key has now (0 without one), so 0 is the condition that holds. */
const condition = maybe(fc.constantFrom(0, 0, 0, -1, 1), 5);

const put: Arbitrary<Draft> = fc
  .record({
    key: keyOrEmpty,
    value,
    lease,
    prevKv: flag(),
    ignoreValue: flag(12),
    ignoreLease: flag(12),
    dropValue: flag(2),
    condition,
  })
  .map(({ key, value, condition, dropValue, ignoreValue, ...options }) => (model: Model) => ({
    op: 'put',
    key,
    value: ignoreValue === true && dropValue === true ? '' : value,
    ...given({ ...options, ignoreValue, ifModRevision: expected(model, key, condition) }),
  }));

const remove: Arbitrary<Draft> = fc
  .record({ selector: doomed, prevKv: flag(), condition })
  .map(({ selector, prevKv, condition }) => (model: Model) => ({
    op: 'delete',
    selector,
    ...given({
      prevKv,
      ...('key' in selector && { ifModRevision: expected(model, selector.key, condition) }),
    }),
  }));

/** Steps are drafted against the store as it is before the transaction. */
type StepDraft = (model: Model) => WriteStep;
const putStep: Arbitrary<StepDraft> = fc
  .tuple(keyOrEmpty, value, lease)
  .map(([key, value, lease]) => () => ({ op: 'put', key, value, ...given({ lease }) }));
const deleteStep: Arbitrary<StepDraft> = doomed.map((selector) => () => ({
  op: 'delete',
  selector,
}));
const step: Arbitrary<StepDraft> = fc.oneof(
  { weight: 16, arbitrary: putStep },
  { weight: 6, arbitrary: deleteStep },
  { weight: 4, arbitrary: fc.oneof(get, range) as Arbitrary<StepDraft> },
  { weight: 1, arbitrary: fc.constant<StepDraft>(() => ({ op: 'throw' })) },
);

const write: Arbitrary<Draft> = fc
  .tuple(fc.array(step, { minLength: 1, maxLength: 8 }), flag(3))
  .map(([steps, lenient]) => (model: Model) => ({
    op: 'write',
    steps: steps.map((draft) => draft(model)),
    ...given({ lenient }),
  }));

export const change: Arbitrary<Draft> = fc.oneof(
  { weight: 8, arbitrary: put },
  { weight: 2, arbitrary: remove },
  { weight: 3, arbitrary: write },
  { weight: 4, arbitrary: txn },
);
/** These begin at once and go on while others run. */
const background = fc.oneof(
  { weight: 3, arbitrary: compact },
  { weight: 1, arbitrary: hashKv },
  { weight: 1, arbitrary: defragment },
);

const atOnce = fc
  .array(fc.oneof({ weight: 2, arbitrary: change }, { weight: 1, arbitrary: background }), {
    minLength: 2,
    maxLength: 6,
  })
  .map(together);

/** The drafts in `together` are under way at the same time; the order of the calls is what counts. */
const command: Arbitrary<Command> = fc.oneof(
  { weight: 24, arbitrary: change.map(alone) },
  { weight: 5, arbitrary: get.map(alone) },
  { weight: 8, arbitrary: range.map(alone) },
  { weight: 3, arbitrary: count.map(alone) },
  { weight: 3, arbitrary: fc.array(change, { minLength: 2, maxLength: 6 }).map(together) },
  { weight: 3, arbitrary: atOnce },
  { weight: 3, arbitrary: fc.oneof(hashKv, history, diff).map(alone) },
  { weight: 2, arbitrary: compact.map(alone) },
  { weight: 3, arbitrary: snapshot.map(alone) },
  { weight: 1, arbitrary: defragment.map(alone) },
  { weight: 1, arbitrary: fc.constant(alone(() => ({ op: 'flush' }))) },
  { weight: 2, arbitrary: fc.constant(alone(() => ({ op: 'restart' }))) },
);

export const commands: Arbitrary<Command[]> = fc.array(command, {
  minLength: 1,
  maxLength: 70,
  size: 'max',
});

function alone(draft: Draft): Command {
  return { drafts: [draft] };
}

function together(drafts: Draft[]): Command {
  return { drafts };
}

function expected(model: Model, key: Bytes, offset: number | undefined): number | undefined {
  if (offset === undefined) return undefined;
  return Math.max(0, (now(model, key)?.modRevision ?? 0) + offset);
}
