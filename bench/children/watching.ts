/** Watchers: catching up with a long history, sharing one key, and sitting beside a writer. */
import { setImmediate } from 'node:timers/promises';
import { type EmbeddedStore, open, type Watch } from '../../engine/index.ts';
import { keyOf, valueOf } from '../keys.ts';
import { type Contents, putAll, usedBytes } from './contents.ts';

export interface CatchUpRequest extends Contents {
  readonly directory: string;
  readonly rounds: number;
  /** How many watchers start together. */
  readonly watchers: readonly number[];
}

export interface CatchUpResult {
  /** For each count of watchers the times of its rounds, in ms. */
  readonly ms: readonly (readonly number[])[];
  /** Held for a watcher that took one batch of a million and nothing more. */
  readonly stalledBytes: number;
}

/** Everything from revision 1 on, to each of so many watchers. */
export async function catchUp(request: CatchUpRequest): Promise<CatchUpResult> {
  const { directory, rounds, watchers } = request;
  const store = await open(directory, { sync: 'interval' });
  await putAll(store, request);
  const ms: number[][] = watchers.map(() => []);
  for (let round = 0; round < rounds; round++) {
    for (const [i, count] of watchers.entries()) {
      const started = performance.now();
      const all = Array.from({ length: count }, () =>
        store.watch({ all: true }, { startRevision: 1 }),
      );
      await Promise.all(all.map((watch) => takeEvents(watch, request.revisions)));
      ms[i]!.push(performance.now() - started);
    }
  }
  const stalledBytes = await bytesOfStalled(store);
  await store.close();
  return { ms, stalledBytes };
}

async function bytesOfStalled(store: EmbeddedStore): Promise<number> {
  const before = await usedBytes();
  await using watch = store.watch({ all: true }, { startRevision: 1 });
  await watch.batches().next();
  for (let turn = 0; turn < 100; turn++) await setImmediate();
  return (await usedBytes()).all - before.all;
}

export interface FanOutRequest {
  readonly directory: string;
  readonly rounds: number;
  readonly watchers: number;
  /** Puts of the key that all of them watch. */
  readonly puts: number;
  readonly by: 'batches' | 'events';
}

const PUTS_IN_FLIGHT = 100;

/** Events a second, counted where the watchers' consumers iterate. As etcd's backend works: not durable first. */
export async function fanOut(request: FanOutRequest): Promise<readonly number[]> {
  const { directory, rounds, watchers, puts, by } = request;
  const store = await open(directory, { sync: 'interval' });
  const take = by === 'batches' ? takeEvents : iterateEvents;
  const rates: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const all = Array.from({ length: watchers }, () => store.watch(keyOf(0)));
    await Promise.all(all.map(({ ready }) => ready));
    const started = performance.now();
    const taken = all.map((watch) => take(watch, puts));
    for (let put = 0; put < puts; put += PUTS_IN_FLIGHT) {
      const group = Array.from({ length: PUTS_IN_FLIGHT }, () => store.put(keyOf(0), valueOf(put)));
      await Promise.all(group);
      await setImmediate();
    }
    await Promise.all(taken);
    rates.push((watchers * puts * 1000) / (performance.now() - started));
  }
  await store.close();
  return rates;
}

/** Until so many events came, whole batches at a time. */
async function takeEvents(watch: Watch, count: number): Promise<void> {
  let left = count;
  for await (const { events } of watch.batches()) {
    left -= events.length;
    if (left <= 0) return;
  }
}

async function iterateEvents(watch: Watch, count: number): Promise<void> {
  let left = count;
  for await (const { revision } of watch) {
    if (revision > 0) left--;
    if (left === 0) return;
  }
}

export interface BesideRequest {
  readonly directory: string;
  readonly rounds: number;
  readonly watchers: number;
  readonly puts: number;
  /** What they watch beside the key that is written: other keys, or other prefixes. */
  readonly of: 'keys' | 'prefixes';
}

export interface BesideRound {
  /** Microseconds a put without and with the watchers. */
  readonly aloneUs: number;
  readonly besideUs: number;
}

/** What a writer pays for watchers of which one is interested. */
export async function putsBeside(request: BesideRequest): Promise<readonly BesideRound[]> {
  const { directory, rounds, watchers, puts, of } = request;
  const store = await open(directory, { sync: 'interval' });
  const results: BesideRound[] = [];
  await putMany(store, puts);
  for (let round = 0; round < rounds; round++) {
    await using hit = store.watch(keyOf(0));
    void takeEvents(hit, Number.POSITIVE_INFINITY);
    const aloneUs = await putMany(store, puts);
    const others = Array.from({ length: watchers }, (_, i) => `beside-${keyOf(i)}`);
    const all = others.map((key) => store.watch(of === 'keys' ? key : { prefix: key }));
    await Promise.all(all.map(({ ready }) => ready));
    const besideUs = await putMany(store, puts);
    for (const watch of all) await watch.cancel();
    results.push({ aloneUs, besideUs });
  }
  await store.close();
  return results;
}

/** Microseconds a put. */
async function putMany(store: EmbeddedStore, puts: number): Promise<number> {
  const started = performance.now();
  for (let put = 0; put < puts; put++) {
    await store.put(keyOf(0), valueOf(put));
    if (put % PUTS_IN_FLIGHT === 0) await setImmediate();
  }
  return ((performance.now() - started) * 1000) / puts;
}
