/**
 * What the property asks of a store: the words are in `vocabulary.ts`, revisions lie around the edges,
 * and a condition on a mod revision is right about as often as it is wrong.
 *
 * A **draft** is an operation that still wants to know where the store is: "two before the current
 * revision", "the mod revision this key has now". It becomes an operation when its turn comes, so that
 * leaving out earlier ones, as shrinking does, keeps the later ones to the point.
 */
import type { Arbitrary } from 'fast-check';
import * as fc from 'fast-check';
import { stateAt } from '../../spec/history.ts';
import type { Model } from '../../spec/model.ts';
import type { Bytes, Operation, SortTarget, WriteStep } from '../../spec/types.ts';
import { doomed, flag, given, keyOrEmpty, maybe, selector, value } from './vocabulary.ts';

export type Draft = (model: Model) => Operation;

/** One draft, or several writes under way at the same time. */
export interface Command {
  readonly drafts: readonly Draft[];
}

/** A revision: relative to the current one, absolute, or a share of history. */
type Moment = (model: Model) => number;
const moment: Arbitrary<Moment> = fc.oneof(
  fc.integer({ min: -4, max: 1 }).map(
    (offset) =>
      ({ revision }: Model) =>
        revision + offset,
  ),
  fc.integer({ min: -2, max: 3 }).map((revision) => () => revision),
  fc.integer({ min: 0, max: 15 }).map(
    (share) =>
      ({ revision }: Model) =>
        Math.ceil((revision * share) / 16),
  ),
);
const maybeMoment = maybe(moment, 2);

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

const change = fc.oneof(
  { weight: 8, arbitrary: put },
  { weight: 2, arbitrary: remove },
  { weight: 3, arbitrary: write },
);

/** The drafts in `together` are under way at the same time; the order of the calls is what counts. */
const command: Arbitrary<Command> = fc.oneof(
  { weight: 24, arbitrary: change.map(alone) },
  { weight: 5, arbitrary: get.map(alone) },
  { weight: 8, arbitrary: range.map(alone) },
  { weight: 3, arbitrary: count.map(alone) },
  { weight: 3, arbitrary: fc.array(change, { minLength: 2, maxLength: 6 }).map(together) },
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
  const now = stateAt(model.changes, model.revision).find((kv) => kv.key === key);
  return Math.max(0, (now?.modRevision ?? 0) + offset);
}
