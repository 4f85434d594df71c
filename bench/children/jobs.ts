/**
 * What is measured in a process of its own: opening needs a heap that nothing has grown before, memory and
 * pauses one that holds nothing else, and only another process can be killed.
 *
 * A job takes and gives plain data. Jobs of one directory come one after the other.
 */
import { rmSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { open } from '../../engine/index.ts';
import { keyOf, valueOf } from '../keys.ts';
import { ProcessorMeter } from '../processor.ts';
import { compactHistory, compactUnderLoad } from './compaction.ts';
import { type Contents, putAll, usedBytes } from './contents.ts';
import { hashHistory } from './hash.ts';
import { manyLeases } from './leasing.ts';
import { operationCosts } from './operations.ts';
import { overwrite } from './overwrite.ts';
import { catchUp, fanOut, putsBeside } from './watching.ts';

export interface FillRequest extends Contents {
  readonly directory: string;
  /** Close at the end, or leave the store open: everything is on disk either way. */
  readonly close: boolean;
}

export interface OpenRequest {
  readonly directory: string;
  readonly close: boolean;
  readonly cacheSizeBytes?: number;
  /** One more put once it is open: what comes after it does not see a clean close. */
  readonly put?: boolean;
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
async function fill({ directory, close, ...contents }: FillRequest): Promise<null> {
  const store = await open(directory, { sync: 'interval' });
  await putAll(store, contents);
  if (close) await store.close();
  return null;
}

/** How long opening takes; with `close`, the store is closed cleanly after it. */
async function openStore(request: OpenRequest): Promise<OpenResult> {
  const { directory, close, cacheSizeBytes, put = false } = request;
  const before = await usedBytes();
  const meter = new ProcessorMeter();
  const started = performance.now();
  const store = await open(directory, cacheSizeBytes === undefined ? {} : { cacheSizeBytes });
  const ms = performance.now() - started;
  const processorMs = meter.ms;
  const bytes = (await usedBytes()).all - before.all;
  const { keys } = await store.status();
  if (put) await store.put(keyOf(0), valueOf(0));
  if (close) await store.close();
  return { ms, processorMs, keys, bytes };
}

/** What the store takes after all keys were put in this process. No segment cache. */
async function memoryAfterPuts(request: {
  readonly directory: string;
  readonly keys: number;
}): Promise<MemoryResult> {
  const { directory, keys } = request;
  const before = await usedBytes();
  const store = await open(directory, { sync: 'interval', cacheSizeBytes: 0 });
  await putAll(store, { keys, revisions: keys });
  // An index checkpoint may be under way in the background.
  await setTimeout(keys > 100_000 ? 2000 : 0);
  const after = await usedBytes();
  await store.close();
  return { bytes: after.all - before.all, heapBytes: after.heap - before.heap };
}

/** As after a kill: no close mark would be honest here, so only tests use this. */
async function fillAndForget(request: FillRequest): Promise<null> {
  await fill({ ...request, close: true });
  rmSync(`${request.directory}/CHECKPOINT`, { force: true });
  return null;
}

export interface Jobs {
  readonly fill: typeof fill;
  readonly fillAndForget: typeof fillAndForget;
  readonly openStore: typeof openStore;
  readonly memoryAfterPuts: typeof memoryAfterPuts;
  readonly compactHistory: typeof compactHistory;
  readonly compactUnderLoad: typeof compactUnderLoad;
  readonly hashHistory: typeof hashHistory;
  readonly operationCosts: typeof operationCosts;
  readonly overwrite: typeof overwrite;
  readonly catchUp: typeof catchUp;
  readonly fanOut: typeof fanOut;
  readonly putsBeside: typeof putsBeside;
  readonly manyLeases: typeof manyLeases;
}
export type JobName = keyof Jobs;
export const jobs: Jobs = {
  fill,
  fillAndForget,
  openStore,
  memoryAfterPuts,
  compactHistory,
  compactUnderLoad,
  hashHistory,
  operationCosts,
  overwrite,
  catchUp,
  fanOut,
  putsBeside,
  manyLeases,
};
