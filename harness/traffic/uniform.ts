/**
 * Traffic that hits every edge equally: the words of `vocabulary.ts`, every option, all that can be asked
 * of a store, in proportions that let histories grow.
 */
import type { Arbitrary } from 'fast-check';
import * as fc from 'fast-check';
import { put, remove, write } from './changes.ts';
import type { Draft } from './draft.ts';
import type { Feature, Features } from './features.ts';
import { leaseSeries } from './lease-series.ts';
import { advance, leaseCall, leasing } from './leases.ts';
import { compact, defragment, diff, hashKv, history, snapshot } from './maintenance.ts';
import { ask, type StoreCommand } from './program.ts';
import { count, get, range } from './reads.ts';
import { snapshots } from './snapshots.ts';
import { txn } from './txn.ts';
import { meetingSyncs } from './watch-series.ts';
import { watchCommands } from './watching.ts';

/** Something that traffic may contain, unless its feature is off. */
export interface Part<T> {
  readonly feature?: Feature;
  readonly weight: number;
  readonly arbitrary: Arbitrary<T>;
}

/** One of the parts whose features are on. The first has none. */
export function oneOf<T>(features: Features, parts: readonly Part<T>[]): Arbitrary<T> {
  const on = parts.filter(({ feature }) => feature === undefined || features.has(feature));
  return fc.oneof(...on.map(({ weight, arbitrary }) => ({ weight, arbitrary })));
}

const changes: readonly Part<Draft>[] = [
  { weight: 8, arbitrary: put },
  { weight: 2, arbitrary: remove, feature: 'deletes' },
  { weight: 3, arbitrary: write, feature: 'writes' },
  { weight: 4, arbitrary: txn, feature: 'txns' },
];
const reads: readonly Part<Draft>[] = [
  { weight: 5, arbitrary: get },
  { weight: 8, arbitrary: range },
  { weight: 3, arbitrary: count, feature: 'counts' },
];
/** These begin at once and go on while others run. */
const background: readonly Part<Draft>[] = [
  { weight: 3, arbitrary: compact, feature: 'compaction' },
  { weight: 1, arbitrary: hashKv, feature: 'hashes' },
  { weight: 1, arbitrary: defragment, feature: 'defragment' },
  { weight: 2, arbitrary: leaseCall, feature: 'leases' },
];

export function uniform(features: Features): Part<StoreCommand>[] {
  const change = oneOf(features, changes);
  const anything = oneOf(features, [{ weight: 10, arbitrary: change }, ...background]);
  const asked = oneOf(features, [{ weight: 3, arbitrary: change }, ...reads]);
  return [
    { weight: 24, arbitrary: change.map(ask) },
    { weight: 16, arbitrary: oneOf(features, reads).map(ask), feature: 'reads' },
    { weight: 6, arbitrary: group(anything, fc.boolean()), feature: 'concurrency' },
    { weight: 3, arbitrary: clients(asked), feature: 'clients' },
    ...(features.has('compaction')
      ? [{ weight: 1, arbitrary: hashing, feature: 'hashes' as const }]
      : []),
    { weight: 1, arbitrary: hashKv.map(ask), feature: 'hashes' },
    { weight: 2, arbitrary: fc.oneof(history, diff).map(ask), feature: 'history' },
    { weight: 2, arbitrary: compact.map(ask), feature: 'compaction' },
    { weight: 2, arbitrary: snapshot.map(ask), feature: 'snapshots' },
    { weight: 3, arbitrary: snapshots(features), feature: 'snapshots' },
    { weight: 1, arbitrary: defragment.map(ask), feature: 'defragment' },
    { weight: 1, arbitrary: fc.constant(ask(() => ({ op: 'flush' }))), feature: 'restarts' },
    { weight: 2, arbitrary: fc.constant<StoreCommand>({ do: 'restart' }), feature: 'restarts' },
    { weight: 1, arbitrary: fc.constant<StoreCommand>({ do: 'verify' }), feature: 'history' },
    { weight: 7, arbitrary: leasing.map(ask), feature: 'leases' },
    { weight: 2, arbitrary: advance.map(ask), feature: 'clock' },
    ...leaseSeries(features, 1),
    ...(features.has('concurrency')
      ? [{ weight: 1, arbitrary: meetingSyncs(change), feature: 'watches' as const }]
      : []),
    ...watchCommands.map((part) => ({ ...part, feature: 'watches' as const })),
  ];
}

/** A hash goes on below a compaction that begins after it (R143). */
const hashing: Arbitrary<StoreCommand> = fc
  .tuple(hashKv, compact)
  .map((drafts) => ({ do: 'ask', drafts, awaited: true }));

/** Several under way at the same time; the order of the calls is what counts. */
function group(draft: Arbitrary<Draft>, awaited: Arbitrary<boolean>): Arbitrary<StoreCommand> {
  const drafts = fc.array(draft, { minLength: 2, maxLength: 6 });
  return fc.record({ do: fc.constant('ask'), drafts, awaited });
}

function clients(draft: Arbitrary<Draft>): Arbitrary<StoreCommand> {
  const client = fc.array(draft, { minLength: 1, maxLength: 3 });
  return fc.record({
    do: fc.constant('clients'),
    clients: fc.array(client, { minLength: 2, maxLength: 3 }),
  });
}
