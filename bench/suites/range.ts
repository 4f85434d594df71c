/**
 * Reading many keys in order. Where the keys were put in random order, neighbours lie far apart in a log
 * and each costs a miss of the processor's caches; put in key order they lie side by side. Both are
 * measured; everything else is read from the stores put in random order. A range with a limit has no
 * upper bound, and Varve also counts what is beyond the limit, as etcd does; the count is checked.
 */
import { atLeastConstant, constant, ETCD, ETCD_MEASURED, type Figure } from '../figure.ts';
import { keyOf, orderOf, xorshift } from '../keys.ts';
import type { BenchStore } from '../peers/contender.ts';
import { benched, inTurns, rateOf } from '../rounds.ts';
import type { Bench, LoadedStores, OpenStore, Suite } from '../suite.ts';

const RANGE_KEYS = 1000;

export const range: Suite = {
  name: 'range',
  title: 'reading many keys',
  run: async (bench) => {
    const stores = await bench.loaded();
    return [
      await inKeyOrder(bench),
      await bounded(bench, stores.all, 'random'),
      await limited(bench, stores),
      await everything(bench, stores),
    ];
  },
};

function inKeyOrder(bench: Bench): Promise<Figure> {
  const { keys, progress } = bench.options;
  return bench.withStores(async (stores) => {
    for (const { name, store } of stores) {
      progress(`loading ${keys} keys in order into ${name}`);
      await store.load(orderOf(keys, 'sequential'));
    }
    return await bounded(bench, stores, 'key');
  });
}

async function bounded(bench: Bench, all: readonly OpenStore[], order: string): Promise<Figure> {
  const { keys } = bench.options;
  const length = Math.min(RANGE_KEYS, keys);
  const tasks = all.map(({ name, store }) => {
    const random = xorshift(5);
    const run = (): Promise<void> | void => {
      const from = random(keys - length + 1);
      return expectCount(store, keyOf(from), keyOf(from + length), 0, length);
    };
    return { by: name, run };
  });
  const measurements = await benched(bench.options, tasks, length);
  const etcd = constant(ETCD, ETCD_MEASURED.rangeKeyValues);
  return {
    work: `range of ${length} keys put in ${order} order`,
    unit: 'keys per second',
    better: 'more',
    measurements: [...measurements, etcd],
    goals: [atLeastConstant(measurements[0]!, 1, etcd, '>= 1.6M kv/s (etcd mvcc)')],
  };
}

async function limited(bench: Bench, { all, varve }: LoadedStores): Promise<Figure> {
  const { keys } = bench.options;
  const limit = Math.min(RANGE_KEYS, keys);
  const middle = keys >> 1;
  const { count } = varve.store.rangeSync({ gte: keyOf(middle) }, { limit: 1 });
  if (count !== keys - middle) throw new Error(`a count of ${count}, not ${keys - middle}`);
  const tasks = all.map(({ name, store }) => {
    const random = xorshift(6);
    const run = (): Promise<void> | void => {
      const from = random(keys - limit + 1);
      return expectCount(store, keyOf(from), undefined, limit, limit);
    };
    return { by: name, run };
  });
  const measurements = await benched(bench.options, tasks);
  const etcd = constant(ETCD, ETCD_MEASURED.limitedRanges);
  return {
    work: `range, limit ${limit}, any start`,
    unit: 'per second',
    better: 'more',
    measurements: [...measurements, etcd],
    goals: [atLeastConstant(measurements[0]!, 50, etcd, '>= 50x etcd mvcc')],
    note: 'with a limit Varve and etcd also count all keys from there on; the peers do not',
  };
}

/** Timed by hand: one pass takes longer than a turn. */
async function everything(bench: Bench, { all }: LoadedStores): Promise<Figure> {
  const { keys, rounds } = bench.options;
  const turns = all
    .flatMap(({ store }) => store.scanners)
    .map(({ name, scan }) => ({
      by: name,
      run: () =>
        rateOf(keys, async () => {
          const count = await scan();
          if (count !== keys) throw new Error(`${name} shows ${count} of ${keys} keys`);
        }),
    }));
  return {
    work: 'scan of everything',
    unit: 'keys per second',
    better: 'more',
    measurements: await inTurns(rounds, turns),
    goals: [],
  };
}

/** No promise where the store is synchronous: waiting for one costs a turn. */
function expectCount(
  store: BenchStore,
  from: string,
  to: string | undefined,
  limit: number,
  expected: number,
): Promise<void> | void {
  const check = (count: number): void => {
    if (count !== expected) throw new Error(`a range of ${count} keys, not ${expected}`);
  };
  const found = store.range(from, to, limit);
  if (typeof found !== 'number') return found.then(check);
  check(found);
}
