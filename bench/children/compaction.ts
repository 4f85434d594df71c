/** Compaction of a long history and giving its space back: how long, and what others notice of it. */
import { type EmbeddedStore, open } from '../../engine/index.ts';
import { closedLoop } from '../clients.ts';
import { type DiskBytes, diskBytes } from '../disk.ts';
import { xorshift } from '../keys.ts';
import { PauseMeter, timed } from '../pauses.ts';
import { type Contents, putAll } from './contents.ts';

export interface CompactRequest extends Contents {
  readonly directory: string;
  /** Write the history first; else it is there already. */
  readonly fill: boolean;
}

export interface CompactResult extends DiskBytes {
  readonly compactMs: number;
  readonly compactPauseMs: number;
  readonly defragmentMs: number;
  readonly defragmentPauseMs: number;
  readonly liveBytes: number;
}

/** Nobody else uses the store. */
export async function compactHistory(request: CompactRequest): Promise<CompactResult> {
  const { directory, fill } = request;
  const store = await open(directory);
  if (fill) await putAll(store, request);
  const compaction = await timed(() => store.compact(store.revision, { physical: true }));
  const defragmentation = await timed(() => store.defragment());
  const { sizeInUseBytes } = await store.status();
  const disk = diskBytes(directory);
  await store.close();
  return {
    compactMs: compaction.ms,
    compactPauseMs: compaction.pauseMs,
    defragmentMs: defragmentation.ms,
    defragmentPauseMs: defragmentation.pauseMs,
    liveBytes: sizeInUseBytes,
    ...disk,
  };
}

export interface LoadRequest extends Contents {
  readonly directory: string;
  readonly clients: number;
  readonly timeMs: number;
}

export interface LoadResult {
  readonly compactMs: number;
  /** Durable puts a second. */
  readonly rateBefore: number;
  readonly rateMeanwhile: number;
  readonly pauseBeforeMs: number;
  readonly pauseMeanwhileMs: number;
}

/** The same while clients put without end, each waiting until its put is on disk. */
export async function compactUnderLoad(request: LoadRequest): Promise<LoadResult> {
  const { directory, clients, keys, timeMs } = request;
  const store = await open(directory);
  await putAll(store, request);
  const { revision } = store;
  const random = xorshift();
  const load = { clients, keys, random, putsMax: Number.POSITIVE_INFINITY };
  // What is not compiled yet is compiled before it counts.
  await closedLoop(store, { ...load, timeMs: timeMs / 4 });
  const pausesBefore = new PauseMeter();
  const rateBefore = await closedLoop(store, { ...load, timeMs });
  const pauseBeforeMs = await pausesBefore.stop();
  const pauses = new PauseMeter();
  const { rate, ms } = await meanwhile(store, revision, load);
  const pauseMeanwhileMs = await pauses.stop();
  await store.close();
  return { compactMs: ms, rateBefore, rateMeanwhile: rate, pauseBeforeMs, pauseMeanwhileMs };
}

async function meanwhile(
  store: EmbeddedStore,
  revision: number,
  load: Omit<Parameters<typeof closedLoop>[1], 'timeMs' | 'stopped'>,
): Promise<{ readonly rate: number; readonly ms: number }> {
  let isOver = false;
  const endless = { ...load, timeMs: Number.POSITIVE_INFINITY, stopped: () => isOver };
  const loop = closedLoop(store, endless);
  const started = performance.now();
  await store.compact(revision, { physical: true });
  const ms = performance.now() - started;
  isOver = true;
  return { rate: await loop, ms };
}
