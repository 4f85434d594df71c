/**
 * Changes to be asked for. A condition on a mod revision is right about as often as it is wrong, and so is
 * the lease that a put names.
 */
import type { Arbitrary } from 'fast-check';
import * as fc from 'fast-check';
import type { Model } from '../../spec/model.ts';
import type { Bytes, WriteStep } from '../../spec/types.ts';
import { type Draft, now } from './draft.ts';
import { attachment, chosen } from './leases.ts';
import { get, range } from './reads.ts';
import { txn } from './txn.ts';
import { doomed, flag, given, keyOrEmpty, maybe, value } from './vocabulary.ts';

/** Added to the mod revision the key has now (0 without one), so 0 is the condition that holds. */
const condition = maybe(fc.constantFrom(0, 0, 0, -1, 1), 5);

export const put: Arbitrary<Draft> = fc
  .record({
    key: keyOrEmpty,
    value,
    lease: attachment,
    prevKv: flag(),
    ignoreValue: flag(12),
    ignoreLease: flag(12),
    dropValue: flag(2),
    condition,
  })
  .map(
    ({ key, value, lease, condition, dropValue, ignoreValue, ...options }) =>
      (model: Model) => ({
        op: 'put',
        key,
        value: ignoreValue === true && dropValue === true ? '' : value,
        ...given({
          ...options,
          ignoreValue,
          lease: chosen(lease, model),
          ifModRevision: expected(model, key, condition),
        }),
      }),
  );

export const remove: Arbitrary<Draft> = fc
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
  .tuple(keyOrEmpty, value, attachment)
  .map(([key, value, lease]) => (model: Model) => ({
    op: 'put',
    key,
    value,
    ...given({ lease: chosen(lease, model) }),
  }));
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

export const write: Arbitrary<Draft> = fc
  .tuple(fc.array(step, { minLength: 1, maxLength: 8 }), flag(3))
  .map(([steps, lenient]) => (model: Model) => ({
    op: 'write',
    steps: steps.map((draft) => draft(model)),
    ...given({ lenient }),
  }));

/** A change of any kind. */
export const change: Arbitrary<Draft> = fc.oneof(
  { weight: 8, arbitrary: put },
  { weight: 2, arbitrary: remove },
  { weight: 3, arbitrary: write },
  { weight: 4, arbitrary: txn },
);

function expected(model: Model, key: Bytes, offset: number | undefined): number | undefined {
  if (offset === undefined) return undefined;
  return Math.max(0, (now(model, key)?.modRevision ?? 0) + offset);
}
