/**
 * Transactions that compare, put and read back, not awaited one by one: a batch is handed over, and another
 * one before it is waited for, so a store that writes in the background has something to do meanwhile. Not
 * every store has transactions with conditions.
 */
import { setImmediate } from 'node:timers/promises';
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
    return { by: name, run: () => rateFor(turnMs, size, () => batch(store, size, keys, random)) };
  });
  const measurements = await inTurns(rounds, turns);
  const [varve, ...peers] = measurements;
  return {
    work: `txn over ${keys} keys, not awaited`,
    unit: 'per second',
    better: 'more',
    measurements,
    goals: [rateGoal(varve!), atLeastBest(varve!, peers, '>= the best peer in this run')],
    note: `handed over in batches of ${size}, two under way; better-sqlite3 gets a savepoint for each and one commit a batch`,
  };
}

function rateGoal({ value, processorShare = 1 }: Measurement): Goal {
  const reached = `${(value / 1000).toFixed(0)}k (${(value / 1000 / processorShare).toFixed(0)}k by processor time)`;
  return { text: '>= 150k per second', reached, met: value >= RATE_MIN };
}

function batch(
  store: BenchStore,
  size: number,
  keys: number,
  random: ReturnType<typeof xorshift>,
): Promise<unknown> {
  const waiting: Promise<unknown>[] = [];
  for (let count = 0; count < size; count++) {
    const number = random(keys);
    waiting.push(store.txn!(keyOf(number), valueOf(number)));
  }
  return Promise.all(waiting);
}

/** Until the time is over: one batch is filled while the one before is on its way to disk. */
async function rateFor(
  timeMs: number,
  size: number,
  handOver: () => Promise<unknown>,
): Promise<number> {
  // What is not compiled yet is compiled before it counts.
  await handOver();
  const started = performance.now();
  let count = 0;
  let before: Promise<unknown> = Promise.resolve();
  do {
    const now = handOver();
    // A program that never lets the event loop turn gets nothing written.
    await setImmediate();
    await before;
    before = now;
    count += size;
  } while (performance.now() - started < timeMs);
  await before;
  return (count * 1000) / (performance.now() - started);
}
