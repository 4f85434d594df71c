/**
 * `sync: 'interval'`, as etcd's backend works: synced every 100 ms or 10 000 records, so a put does not
 * wait for the disk. All keys, each new, from an empty store to the last byte on disk. Timed by hand: a
 * put costs more the fuller the store is, so only the whole load is a figure.
 */
import { setImmediate } from 'node:timers/promises';
import { open } from '../../engine/index.ts';
import {
  atLeastConstant,
  constant,
  ETCD,
  ETCD_MEASURED,
  type Figure,
  type Measurement,
} from '../figure.ts';
import { keyOf, orderOf, valueOf } from '../keys.ts';
import { inTurns, rateOf } from '../rounds.ts';
import type { Bench, Suite } from '../suite.ts';

const ORDERS = ['sequential', 'random'] as const;
type Order = (typeof ORDERS)[number];

/** A program that never lets the event loop turn gets no background work done. */
const PUTS_A_TURN = 1000;

export const putInterval: Suite = {
  name: 'put-interval',
  title: "put with sync: 'interval'",
  run: async (bench) => {
    const turns = ORDERS.map((order) => ({ by: 'varve', run: () => loadOnce(bench, order) }));
    const [sequential, random] = await inTurns(bench.options.rounds, turns);
    return [
      figure('sequential', sequential!, ETCD_MEASURED.putSequential),
      figure('random', random!, ETCD_MEASURED.putRandom),
    ];
  },
};

async function loadOnce(bench: Bench, order: Order): Promise<number> {
  const directory = bench.directory();
  const numbers = orderOf(bench.options.keys, order);
  bench.options.progress(`${numbers.length} ${order} keys`);
  const store = await open(directory, { sync: 'interval' });
  const rate = await rateOf(numbers.length, async () => {
    for (let index = 0; index < numbers.length; index++) {
      const number = numbers[index]!;
      await store.put(keyOf(number), valueOf(number));
      if (index % PUTS_A_TURN === 0) await setImmediate();
    }
    await store.flush();
  });
  await store.close();
  bench.remove(directory);
  return rate;
}

function figure(order: Order, varve: Measurement, etcdRate: number): Figure {
  const etcd = constant(ETCD, etcdRate);
  return {
    work: `interval put, ${order} keys`,
    unit: 'per second',
    better: 'more',
    measurements: [varve, etcd],
    goals: [atLeastConstant(varve, 2, etcd, '>= 2x etcd mvcc')],
  };
}
