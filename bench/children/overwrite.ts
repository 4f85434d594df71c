/**
 * Overwriting the same keys for minutes while compaction and cleaning keep up: what lies on disk, what is
 * written for it, and whether it stays as fast as it began. It begins when each key has been overwritten once:
 * before that there is nothing to clean.
 */
import { setTimeout } from 'node:timers/promises';
import { type EmbeddedStore, open } from '../../engine/index.ts';
import { closedLoop } from '../clients.ts';
import { countingFs, type Written } from '../counting-fs.ts';
import { diskBytes } from '../disk.ts';
import { xorshift } from '../keys.ts';
import { putAll } from './contents.ts';

export interface OverwriteRequest {
  readonly directory: string;
  readonly keys: number;
  /** Revisions that automatic compaction keeps. */
  readonly keep: number;
  readonly clients: number;
  readonly timeMs: number;
}

export interface OverwriteResult {
  readonly puts: number;
  /** The largest ratio, of all looks, of bytes on disk to live bytes. */
  readonly diskShareMax: number;
  readonly diskBytesMax: number;
  readonly liveBytesMax: number;
  /** Newest records of all keys and the revisions to keep: the rest of what is alive waits for compaction. */
  readonly neededBytes: number;
  /** At the end: compactions that were due and are not through. */
  readonly pendingCompactions: number;
  /** Bytes of the records that the puts made. */
  readonly loggedBytes: number;
  readonly written: Readonly<Written>;
  readonly firstThirdRate: number;
  readonly lastThirdRate: number;
}

interface Look {
  readonly atMs: number;
  readonly puts: number;
  readonly diskBytes: number;
  readonly liveBytes: number;
}

const LOOKS = 120;

export async function overwrite(request: OverwriteRequest): Promise<OverwriteResult> {
  const { directory, keys, keep, clients, timeMs } = request;
  const written: Written = { bytes: 0, zeroBytes: 0, checkpointBytes: 0 };
  const autoCompaction = { mode: 'revision', keep } as const;
  const store = await open(directory, { autoCompaction, fs: countingFs(written) });
  await putAll(store, { keys, revisions: keys });
  // All keys are there once, so this is what one record takes.
  const recordBytes = (await store.status()).sizeInUseBytes / keys;
  const load = { clients, keys, random: xorshift(), putsMax: Number.POSITIVE_INFINITY, timeMs };
  await closedLoop(store, { ...load, putsMax: keys, timeMs: Number.POSITIVE_INFINITY });
  const before = { ...written };

  let puts = 0;
  const counted = {
    put: (key: string, value: Buffer) => {
      puts++;
      return store.put(key, value);
    },
  };
  const loop = closedLoop(counted, load);
  const looks = await watch(store, directory, timeMs, () => puts);
  await loop;
  const pending = /^varve_compaction_pending (\d+)$/m.exec(store.metrics())?.[1];
  await store.flush();
  await store.close();
  return {
    puts,
    diskShareMax: most(looks.map((look) => look.diskBytes / look.liveBytes)),
    diskBytesMax: most(looks.map((look) => look.diskBytes)),
    liveBytesMax: most(looks.map((look) => look.liveBytes)),
    neededBytes: (keys + keep) * recordBytes,
    pendingCompactions: Number(pending),
    loggedBytes: puts * recordBytes,
    written: {
      bytes: written.bytes - before.bytes,
      zeroBytes: written.zeroBytes - before.zeroBytes,
      checkpointBytes: written.checkpointBytes - before.checkpointBytes,
    },
    firstThirdRate: rateBetween(looks, 0, 1 / 3),
    lastThirdRate: rateBetween(looks, 2 / 3, 1),
  };
}

async function watch(
  store: EmbeddedStore,
  directory: string,
  timeMs: number,
  puts: () => number,
): Promise<Look[]> {
  const started = performance.now();
  const looks: Look[] = [];
  for (;;) {
    const atMs = performance.now() - started;
    const { sizeInUseBytes: liveBytes } = await store.status();
    looks.push({ atMs, puts: puts(), diskBytes: diskBytes(directory).allocatedBytes, liveBytes });
    if (atMs >= timeMs) return looks;
    await setTimeout(timeMs / LOOKS);
  }
}

const most = (values: readonly number[]): number => values.reduce((a, b) => Math.max(a, b));

/** Puts a second in this part of the time. */
function rateBetween(looks: readonly Look[], from: number, to: number): number {
  const end = looks.at(-1)!.atMs;
  const first = looks.find(({ atMs }) => atMs >= end * from)!;
  const last = looks.findLast(({ atMs }) => atMs <= end * to)!;
  const ms = Math.max(1, last.atMs - first.atMs);
  return ((last.puts - first.puts) * 1000) / ms;
}
