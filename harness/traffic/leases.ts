/**
 * Leases to be asked for. Their ids are few, so that grants collide and revoked ids come back; the time
 * they get is short, so that moving the clock on by some seconds ends some and not others (R120-R128).
 */
import type { Arbitrary } from 'fast-check';
import * as fc from 'fast-check';
import type { Model } from '../../spec/model.ts';
import type { Operation } from '../../spec/types.ts';
import type { Draft } from './draft.ts';
import { flag, given, maybe } from './vocabulary.ts';

/** Never granted. */
const UNKNOWN = 99n;
const IDS: readonly bigint[] = [1n, 2n, 3n, 7n, -5n, 2n ** 63n - 1n];
const TTL_MAX = 9_000_000_000;

/** One of those that are held, once in a while one that is not; 0n if there is none. */
export type LeaseChoice = (model: Model) => bigint;

const held: Arbitrary<LeaseChoice> = fc.nat({ max: 7 }).map((place) => ({ leases }: Model) => {
  const ids = leases.map(({ id }) => id);
  return ids.length === 0 ? 0n : ids[place % ids.length]!;
});
const unknown: Arbitrary<LeaseChoice> = fc.constant(() => UNKNOWN);
const lease: Arbitrary<LeaseChoice> = fc.oneof(
  { weight: 9, arbitrary: held },
  { weight: 1, arbitrary: unknown },
);

/** What a put is given: mostly nothing. */
export const attachment: Arbitrary<LeaseChoice | undefined> = fc.oneof(
  { weight: 15, arbitrary: fc.constant(undefined) },
  { weight: 5, arbitrary: held },
  { weight: 1, arbitrary: unknown },
);

/** The id, unless it is none. */
export function chosen(choice: LeaseChoice | undefined, model: Model): bigint | undefined {
  const id = choice?.(model) ?? 0n;
  return id === 0n ? undefined : id;
}

export const grant: Arbitrary<Draft> = fc
  .tuple(
    fc.constantFrom(...IDS),
    fc.oneof(
      { weight: 8, arbitrary: fc.integer({ min: 1, max: 12 }) },
      { weight: 1, arbitrary: fc.constantFrom(-1, 0, 1, 2, TTL_MAX, TTL_MAX + 1) },
    ),
  )
  .map(([id, ttl]) => () => ({ op: 'grant', id, ttl }));

const about = (ask: (id: bigint) => Operation): Arbitrary<Draft> =>
  lease.map((choice) => (model: Model) => ask(known(choice, model)));

const timeToLive: Arbitrary<Draft> = fc
  .tuple(lease, flag(2))
  .map(([choice, keys]) => (model: Model) => ({
    op: 'ttl',
    id: known(choice, model),
    ...given({ keys }),
  }));

const known = (choice: LeaseChoice, model: Model): bigint => choice(model) || UNKNOWN;

/** One call each: they may be under way with others. */
export const leaseCall: Arbitrary<Draft> = fc.oneof(
  { weight: 5, arbitrary: grant },
  { weight: 2, arbitrary: about((id) => ({ op: 'revoke', id })) },
  { weight: 2, arbitrary: about((id) => ({ op: 'keepalive', id })) },
  { weight: 2, arbitrary: timeToLive },
);

export const leasing: Arbitrary<Draft> = fc.oneof(
  { weight: 11, arbitrary: leaseCall },
  { weight: 1, arbitrary: fc.constant<Draft>(() => ({ op: 'leases' })) },
);

const FAR_SECONDS = 60;
/** Of these all times consist. */
export const PART = 0.25;

/** Seconds to move on: to just before the end of the first lease, to its very end, or some. */
export const advance: Arbitrary<Draft> = fc
  .tuple(
    fc.integer({ min: 1, max: 8 }),
    fc.constantFrom(0, 0, 0, 0, PART, 2 * PART, 3 * PART),
    maybe(fc.constantFrom(-1, -PART, 0, PART, 1), 2),
  )
  .map(([some, part, offset]) => ({ leases, now }: Model) => {
    const ends = leases.map(({ deadline }) => deadline).filter((at) => at - now < FAR_SECONDS);
    const isToEnd = offset !== undefined && ends.length > 0;
    const to = isToEnd ? Math.max(now + PART, Math.min(...ends) + offset) : now + some + part;
    return { op: 'advance', seconds: settled(leases, now, to) - now };
  });

/**
 * This time or the next one at which whatever has ended is revoked, too: expired leases are looked for every half
 * a second (R125), and one that ends right after another may be late by that.
 */
export function settled(leases: Model['leases'], now: number, to: number): number {
  const isLate = leases.some(({ deadline }) => {
    const since = to - deadline;
    return since === 0 ? to - now < LATE_SECONDS : since > 0 && since < 2 * LATE_SECONDS;
  });
  return isLate ? settled(leases, now, to + PART) : to;
}

const LATE_SECONDS = 0.5;
