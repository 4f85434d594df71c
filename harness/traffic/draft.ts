/**
 * A **draft** is an operation that still wants to know where the store is: "two before the current
 * revision", "the mod revision this key has now". It becomes an operation when its turn comes, so that
 * leaving out earlier ones, as shrinking does, keeps the later ones to the point.
 */
import type { Arbitrary } from 'fast-check';
import * as fc from 'fast-check';
import { stateAt } from '../../spec/history.ts';
import type { Model } from '../../spec/model.ts';
import type { Bytes, KeyValue, Operation } from '../../spec/types.ts';
import { maybe } from './vocabulary.ts';

export type Draft = (model: Model) => Operation;

/** A revision: relative to the current one or the compacted one, absolute, or a share of history. */
export type Moment = (model: Model) => number;
export const moment: Arbitrary<Moment> = fc.oneof(
  fc.integer({ min: -4, max: 1 }).map(
    (offset) =>
      ({ revision }: Model) =>
        revision + offset,
  ),
  fc.integer({ min: -1, max: 2 }).map(
    (offset) =>
      ({ compactRevision }: Model) =>
        compactRevision + offset,
  ),
  fc.integer({ min: -2, max: 3 }).map((revision) => () => revision),
  fc.integer({ min: 0, max: 15 }).map(
    (share) =>
      ({ revision, compactRevision }: Model) =>
        Math.ceil(compactRevision + ((revision - compactRevision) * share) / 16),
  ),
);
export const maybeMoment: Arbitrary<Moment | undefined> = maybe(moment, 2);

/** The key as it is before the operation. */
export function now(model: Model, key: Bytes): KeyValue | undefined {
  return stateAt(model.changes, model.revision).find((kv) => kv.key === key);
}
