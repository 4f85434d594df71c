/**
 * What is measured in a process of its own: opening needs a heap that nothing has grown before, memory one
 * that holds nothing else, and only another process can be killed.
 *
 * A job takes and gives plain data. Jobs of one directory come one after the other.
 */
import { rmSync } from 'node:fs';
import { setImmediate, setTimeout } from 'node:timers/promises';
import { type EmbeddedStore, open } from '../../engine/index.ts';
import { keyOf, orderOf, valueOf } from '../keys.ts';
import { ProcessorMeter } from '../processor.ts';

export interface FillRequest {
  readonly directory: string;
  readonly keys: number;
  /** Close at the end, or leave the store open: everything is on disk either way. */
  readonly close: boolean;
}

export interface OpenResult {
  readonly ms: number;
  /** Processor time of the main thread; undefined where the system does not tell. */
  readonly processorMs: number | undefined;
  readonly keys: number;
  /** Heap and external bytes that the open store takes. */
  readonly bytes: number;
}

export interface MemoryResult {
  /** Heap and external bytes that the store takes after all puts. */
  readonly bytes: number;
  readonly heapBytes: number;
}

/** Puts all keys, in random order. */
export async function fill({ directory, keys, close }: FillRequest): Promise<null> {
  const store = await open(directory, { sync: 'interval' });
  await putAll(store, keys);
  if (close) await store.close();
  return null;
}

/** How long opening takes; with `close`, the store is closed cleanly after it. */
export async function openStore(request: {
  readonly directory: string;
  readonly close: boolean;
  readonly cacheSizeBytes?: number;
}): Promise<OpenResult> {
  const { directory, close, cacheSizeBytes } = request;
  const before = await usedBytes();
  const meter = new ProcessorMeter();
  const started = performance.now();
  const store = await open(directory, cacheSizeBytes === undefined ? {} : { cacheSizeBytes });
  const ms = performance.now() - started;
  const processorMs = meter.ms;
  const bytes = (await usedBytes()).all - before.all;
  const { keys } = await store.status();
  if (close) await store.close();
  return { ms, processorMs, keys, bytes };
}

/** What the store takes after all keys were put in this process. No segment cache. */
export async function memoryAfterPuts(request: {
  readonly directory: string;
  readonly keys: number;
}): Promise<MemoryResult> {
  const { directory, keys } = request;
  const before = await usedBytes();
  const store = await open(directory, { sync: 'interval', cacheSizeBytes: 0 });
  await putAll(store, keys);
  // An index checkpoint may be under way in the background.
  await setTimeout(keys > 100_000 ? 2000 : 0);
  const after = await usedBytes();
  await store.close();
  return { bytes: after.all - before.all, heapBytes: after.heap - before.heap };
}

/** As after a kill: no close mark would be honest here, so only tests use this. */
export async function fillAndForget({ directory, keys }: FillRequest): Promise<null> {
  await fill({ directory, keys, close: true });
  rmSync(`${directory}/CHECKPOINT`, { force: true });
  return null;
}

async function putAll(store: EmbeddedStore, keys: number): Promise<void> {
  let sinceTurn = 0;
  for (const number of orderOf(keys, 'random')) {
    await store.put(keyOf(number), valueOf(number));
    if (++sinceTurn % 1000 === 0) await setImmediate();
  }
  await store.flush();
}

/** After a full collection; without --expose-gc it is only an upper bound. */
async function usedBytes(): Promise<{ readonly all: number; readonly heap: number }> {
  const { gc } = globalThis as { readonly gc?: () => void };
  for (let pass = 0; pass < 3; pass++) {
    gc?.();
    await setImmediate();
  }
  const { heapUsed, external } = process.memoryUsage();
  return { all: heapUsed + external, heap: heapUsed };
}

export interface Jobs {
  readonly fill: typeof fill;
  readonly fillAndForget: typeof fillAndForget;
  readonly openStore: typeof openStore;
  readonly memoryAfterPuts: typeof memoryAfterPuts;
}
export type JobName = keyof Jobs;
export const jobs: Jobs = { fill, fillAndForget, openStore, memoryAfterPuts };
