/**
 * Leases in a crash: each id is granted once, so that what is found of it says what became of it. Their
 * time is long, so none ends by itself.
 */
import type { Arbitrary } from 'fast-check';
import * as fc from 'fast-check';
import type { Model } from '../../spec/model.ts';
import type { Operation } from '../../spec/types.ts';

/** A draft that is told the number of its step as well: the id of the lease that it grants. */
export type NumberedDraft = (model: Model, step: number) => Operation;

const TTL_SECONDS = 100_000;
const place = fc.nat({ max: 7 });

export const granting: Arbitrary<NumberedDraft> = fc.constant((_, step) => grant(step));

export const attaching: Arbitrary<NumberedDraft> = fc
  .tuple(place, fc.constantFrom('a', 'b', 'c'))
  .map(([place, key]) => ({ leases }, step) => {
    const lease = leases[place % leases.length];
    return lease === undefined ? grant(step) : { op: 'put', key, value: '1', lease: lease.id };
  });

export const revoking: Arbitrary<NumberedDraft> = place.map((place) => ({ leases }, step) => {
  const lease = leases[place % leases.length];
  return lease === undefined ? grant(step) : { op: 'revoke', id: lease.id };
});

const grant = (step: number): Operation => ({
  op: 'grant',
  id: BigInt(step + 1),
  ttl: TTL_SECONDS,
});
