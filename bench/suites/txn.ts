/**
 * Transactions that compare, put and read back, not awaited one by one: a batch is handed over, then all
 * of it is waited for. Not every store has transactions with conditions.
 */
import { atLeastBest, type Figure, type Goal, type Measurement } from '../figure.ts';
import { keyOf, orderOf, valueOf, xorshift } from '../keys.ts';
import type { BenchStore } from '../peers/contender.ts';
import { inTurns } from '../rounds.ts';
import type { Bench, OpenStore, Suite } from '../suite.ts';

const RATE_MIN = 150_000;
const BATCH_MAX = 10_000;

export const txn: Suite = {
  name: 'txn',
  title: 'transactions: one compare, one put, one range',
  run: (bench) => bench.withStores(async (stores) => [await figure(bench, stores)]),
};

async function figure({ options }: Bench, stores: readonly OpenStore[]): Promise<Figure> {
  const { rounds, turnMs, progress } = options;
  const keys = Math.max(1, Math.trunc(options.keys / 10));
  const size = Math.min(BATCH_MAX, options.keys);
  const able = stores.filter(({ store }) => store.txn !== undefined);
  for (const { name, store } of able) {
    progress(`loading ${keys} keys into ${name}`);
    await store.load(orderOf(keys, 'random'));
  }
  const turns = able.map(({ name, store }) => {
    const random = xorshift(31);
    return { by: name, run: () => rateFor(turnMs, () => batch(store, size, keys, random)) };
  });
  const measurements = await inTurns(rounds, turns);
  const [varve, ...peers] = measurements;
  return {
    work: `txn over ${keys} keys, not awaited`,
    unit: 'per second',
    better: 'more',
    measurements,
    goals: [rateGoal(varve!), atLeastBest(varve!, peers, '>= the best peer in this run')],
    note: `handed over in batches of ${size}; better-sqlite3 gets a savepoint for each and one commit a batch`,
  };
}

function rateGoal({ value, processorShare = 1 }: Measurement): Goal {
  const reached = `${(value / 1000).toFixed(0)}k (${(value / 1000 / processorShare).toFixed(0)}k by processor time)`;
  return { text: '>= 150k per second', reached, met: value >= RATE_MIN };
}

async function batch(
  store: BenchStore,
  size: number,
  keys: number,
  random: ReturnType<typeof xorshift>,
): Promise<number> {
  const waiting: Promise<unknown>[] = [];
  for (let count = 0; count < size; count++) {
    const number = random(keys);
    waiting.push(store.txn!(keyOf(number), valueOf(number)));
  }
  await Promise.all(waiting);
  return size;
}

/** Until the time is over; at least once before it counts. */
async function rateFor(timeMs: number, work: () => Promise<number>): Promise<number> {
  await work();
  const started = performance.now();
  let count = 0;
  let ms: number;
  do {
    count += await work();
    ms = performance.now() - started;
  } while (ms < timeMs);
  return (count * 1000) / ms;
}
