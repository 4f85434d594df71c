/**
 * Traffic as lock services and elections make it: each candidate has a lease and puts a key of its own
 * under the lock's prefix, unless it is there already; whoever made the oldest key holds the lock; the others
 * watch for the deletion of the one before theirs. Leases are renewed, revoked, or run out.
 */
import type { Arbitrary } from 'fast-check';
import * as fc from 'fast-check';
import type { Model } from '../../spec/model.ts';
import type { Bytes } from '../../spec/types.ts';
import type { Draft } from './draft.ts';
import type { Features } from './features.ts';
import { leaseSeries } from './lease-series.ts';
import { advance, chosen, leasing, type LeaseChoice } from './leases.ts';
import { ask, type StoreCommand } from './program.ts';
import { oneOf, type Part } from './uniform.ts';
import { given } from './vocabulary.ts';
import type { Watching } from './watching.ts';

const LOCKS: readonly Bytes[] = ['lock/a', 'lock/ab', 'election/x'];
const lock = fc.constantFrom(...LOCKS);
const holder: Arbitrary<LeaseChoice> = fc.nat({ max: 5 }).map((place) => ({ leases }: Model) => {
  const ids = leases.map(({ id }) => id);
  return ids.length === 0 ? 0n : ids[place % ids.length]!;
});

const keyOf = (lock: Bytes, id: bigint | undefined): Bytes =>
  `${lock}/${BigInt.asUintN(64, id ?? 0n).toString(16)}`;

/** The key is made once; whoever comes back finds it. And who holds the lock is answered at once. */
const acquire: Arbitrary<Draft> = fc.tuple(lock, holder).map(([lock, holder]) => (model: Model) => {
  const lease = chosen(holder, model);
  const key = keyOf(lock, lease);
  const owner = {
    op: 'range',
    selector: { prefix: `${lock}/` },
    sort: 'create',
    limit: 1,
  } as const;
  return {
    op: 'txn',
    if: [{ selector: { key }, target: 'create', result: '=', operand: 0 }],
    then: [{ op: 'put', key, value: '', ...given({ lease }) }, owner],
    else: [{ op: 'range', selector: { key } }, owner],
  };
});

/** A leader says something, if it still is one. */
const proclaim: Arbitrary<Draft> = fc
  .tuple(lock, holder, fc.constantFrom('x', 'y'))
  .map(([lock, holder, value]) => (model: Model) => {
    const lease = chosen(holder, model);
    const key = keyOf(lock, lease);
    return {
      op: 'txn',
      if: [{ selector: { key }, target: 'lease', result: '=', operand: lease ?? 0n }],
      then: [{ op: 'put', key, value, ...given({ lease }) }],
      else: [],
    };
  });

const release: Arbitrary<Draft> = fc
  .tuple(lock, holder)
  .map(([lock, holder]) => (model: Model) => ({
    op: 'delete',
    selector: { key: keyOf(lock, chosen(holder, model)) },
  }));

/** The last one that came before. */
const predecessor: Arbitrary<Draft> = lock.map((lock) => ({ revision }: Model) => ({
  op: 'range',
  selector: { prefix: `${lock}/` },
  sort: 'create',
  reverse: true,
  limit: 1,
  maxCreateRevision: Math.max(1, revision - 1),
}));

const watching: Arbitrary<Watching> = fc
  .record({ lock, ago: fc.integer({ min: 0, max: 3 }) })
  .map(({ lock, ago }) => ({
    selector: { prefix: `${lock}/` },
    start: ago === 3 ? undefined : ({ revision }): number => Math.max(1, revision + 1 - ago),
    prevKv: undefined,
    only: 'delete',
    onSlow: undefined,
    bufferEvents: undefined,
    by: 'events',
    takes: ago === 1 ? 0 : 1000,
  }));

export function locks(features: Features): Part<StoreCommand>[] {
  const write = oneOf(features, [
    { weight: 8, arbitrary: acquire },
    { weight: 3, arbitrary: proclaim },
    { weight: 3, arbitrary: release, feature: 'deletes' },
  ]);
  return [
    { weight: 28, arbitrary: write.map(ask) },
    { weight: 18, arbitrary: leasing.map(ask), feature: 'leases' },
    { weight: 6, arbitrary: advance.map(ask), feature: 'clock' },
    ...leaseSeries(features, 2),
    { weight: 3, arbitrary: fc.constant<StoreCommand>({ do: 'restart' }), feature: 'restarts' },
    { weight: 8, arbitrary: predecessor.map(ask), feature: 'reads' },
    {
      weight: 6,
      arbitrary: watching.map((watching) => ({ do: 'watch', watching })),
      feature: 'watches',
    },
    {
      weight: 6,
      arbitrary: fc.record({
        do: fc.constant('clients'),
        clients: fc.array(fc.array(write, { minLength: 1, maxLength: 2 }), {
          minLength: 2,
          maxLength: 3,
        }),
      }),
      feature: 'clients',
    },
  ];
}
