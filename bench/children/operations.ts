/** What single operations cost in a store that is there already: for the cost curves. */
import { type EmbeddedStore, open } from '../../engine/index.ts';
import { median } from '../figure.ts';
import { keyOf, valueOf, xorshift } from '../keys.ts';
import { type Contents, putAll } from './contents.ts';

export interface OperationsRequest extends Contents {
  readonly directory: string;
  /** An empty one: puts are compiled there, so that the store does not grow by it. */
  readonly scratch: string;
}

/** Nanoseconds each. */
export interface OperationCosts {
  readonly put: number;
  readonly get: number;
  /** At a revision picked at random from the whole history. */
  readonly getPast: number;
  readonly range: number;
}

export const RANGE_KEYS = 100;
const PASSES = 7;
/** A pass, in stores of 10 000 revisions and more. */
const GETS_MAX = 20_000;
const RANGES_MAX = 500;
const PUTS_MIN = 1000;
const PUTS_MAX = 4000;
const SCRATCH_PUTS = 20_000;

export async function operationCosts(request: OperationsRequest): Promise<OperationCosts> {
  const { directory, scratch, keys, revisions } = request;
  const warm = await open(scratch, { sync: 'interval' });
  await putAll(warm, { keys: 1000, revisions: Math.min(SCRATCH_PUTS, revisions * 2) });
  await warm.close();

  const store = await open(directory, { sync: 'interval' });
  const random = xorshift();
  const gets = Math.ceil(Math.min(GETS_MAX, revisions * 2));
  const ranges = Math.ceil(Math.min(RANGES_MAX, revisions / 20));
  const numbers = (count: number, below: number): number[] =>
    Array.from({ length: count }, () => random(below));
  const probes = numbers(gets, keys).map((number) => keyOf(number));
  // Every key exists from here on.
  const past = numbers(gets, Math.max(1, revisions - keys)).map((number) => keys + 1 + number);
  const starts = numbers(ranges, Math.max(1, keys - RANGE_KEYS)).map((number) => keyOf(number));
  const get = await nsOf(gets, (at) => store.getSync(probes[at]!));
  const getPast = await nsOf(gets, (at) => store.getSync(probes[at]!, { revision: past[at]! }));
  const range = await nsOf(ranges, (at) =>
    store.rangeSync({ gte: starts[at]! }, { limit: RANGE_KEYS }),
  );
  const put = await putNs(
    store,
    keys,
    Math.min(PUTS_MAX, Math.max(PUTS_MIN, Math.ceil(revisions / 20))),
  );
  await store.close();
  return { put, get, getPast, range };
}

async function putNs(store: EmbeddedStore, keys: number, count: number): Promise<number> {
  const random = xorshift(9);
  const ns: number[] = [];
  for (let pass = 0; pass < PASSES; pass++) {
    const chosen = Array.from({ length: count }, () => random(keys));
    const probes = chosen.map((number) => keyOf(number));
    const started = performance.now();
    for (let at = 0; at < count; at++) void store.put(probes[at]!, valueOf(chosen[at]!));
    ns.push(((performance.now() - started) * 1e6) / count);
    await store.flush();
  }
  return median(ns);
}

/** Median of passes; the first ones are only to get compiled. */
async function nsOf(count: number, run: (at: number) => unknown): Promise<number> {
  const ns: number[] = [];
  for (let pass = -2; pass < PASSES; pass++) {
    const started = performance.now();
    for (let at = 0; at < count; at++) run(at);
    if (pass >= 0) ns.push(((performance.now() - started) * 1e6) / count);
    await new Promise(setImmediate);
  }
  return median(ns);
}
