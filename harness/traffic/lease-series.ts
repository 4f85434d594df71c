/** Leases in moments that take several steps to come about, and would hardly ever come about by themselves. */
import type { Arbitrary } from 'fast-check';
import * as fc from 'fast-check';
import type { Draft } from './draft.ts';
import type { Features } from './features.ts';
import { PART, settled } from './leases.ts';
import { ask, type StoreCommand } from './program.ts';
import type { Part } from './uniform.ts';

const revoke =
  (id: bigint): Draft =>
  () => ({ op: 'revoke', id });
const part: Draft = ({ leases, now }) => ({
  op: 'advance',
  seconds: settled(leases, now, now + PART) - now,
});

/**
 * R128: of two leases that end shortly after one another the second one is renewed when it has ended, and before
 * anybody looks for it.
 */
const lateRenewal: Arbitrary<StoreCommand> = fc
  .tuple(fc.constantFrom([1n, 2n], [7n, -5n], [3n, 1n]), fc.integer({ min: 2, max: 4 }))
  .map(([[first, second], ttl]): StoreCommand => {
    const grant =
      (id: bigint): Draft =>
      () => ({ op: 'grant', id, ttl });
    const toFirst: Draft = ({ leases, now }) => {
      const end = leases.find(({ id }) => id === first)?.deadline ?? now + 1;
      return { op: 'advance', seconds: settled(leases, now, end) - now };
    };
    const toSecond: Draft = ({ leases, now }) => {
      const ended = leases.filter(({ deadline }) => deadline <= now + PART);
      const isAlone = ended.length === 1 && ended[0]!.id === second;
      return isAlone ? { op: 'advance', seconds: PART } : { op: 'ttl', id: second };
    };
    const renew: Draft = () => ({ op: 'keepalive', id: second });
    return {
      do: 'series',
      commands: [
        ask(revoke(first)),
        ask(revoke(second)),
        ask(grant(first)),
        ask(part),
        ask(grant(second)),
        ask(toFirst),
        { do: 'ask', drafts: [toSecond, renew], awaited: true },
      ],
    };
  });

/** R127: a restart in the middle of a lease's time, which is when it was written down how much is left. */
const restartHalfway: Arbitrary<StoreCommand> = fc
  .tuple(fc.constantFrom(1n, 2n, 7n, -5n), fc.integer({ min: 2, max: 9 }))
  .map(([id, ttl]): StoreCommand => {
    const half: Draft = ({ leases, now }) => ({
      op: 'advance',
      seconds: settled(leases, now, now + ttl / 2) - now,
    });
    const drafts: readonly Draft[] = [
      () => ({ op: 'revoke', id }),
      () => ({ op: 'grant', id, ttl }),
      half,
    ];
    return { do: 'series', commands: [...drafts.map(ask), { do: 'restart' }] };
  });

/** All of these move the clock. */
export function leaseSeries(features: Features, weight: number): Part<StoreCommand>[] {
  if (!features.has('leases')) return [];
  const late: Part<StoreCommand> = { weight, arbitrary: lateRenewal, feature: 'clock' };
  if (!features.has('restarts')) return [late];
  return [late, { weight, arbitrary: restartHalfway, feature: 'clock' }];
}
