/** All costs of a store of one size, each measured in a process that does nothing else. */
import { rmSync } from 'node:fs';
import { runJob } from '../children/run-job.ts';
import { activeSegmentBytes, diskBytes } from '../disk.ts';
import { median } from '../figure.ts';
import type { Bench } from '../suite.ts';
import type { Point, Shape } from './costs.ts';

const OPENS = 3;
/** A store of ten million revisions takes minutes to write. */
const TIMEOUT_MS = 1_800_000;

export async function measure(bench: Bench, shape: Shape, revisions: number): Promise<Point> {
  const { inProcess, progress } = bench.options;
  const how = { inProcess, timeoutMs: TIMEOUT_MS };
  const contents = shape.contents(revisions);
  const directory = bench.directory();
  progress(`${shape.name}: ${revisions} revisions`);
  await runJob('fill', { directory, ...contents, close: true }, how);
  const onDisk = diskBytes(directory).allocatedBytes;
  const memoryBytes = await memoryOf(bench, directory);
  const openCleanMs = await openMs(bench, directory, false);
  const scratch = bench.directory();
  const operations = await runJob('operationCosts', { directory, scratch, ...contents }, how);
  bench.remove(scratch);
  const openKilledMs = await openMs(bench, directory, true);
  const request = { directory, ...contents, fill: false };
  const { compactMs } = await runJob('compactHistory', request, how);
  bench.remove(directory);
  return {
    revisions,
    ...operations,
    openCleanMs,
    openKilledMs,
    compactMs,
    memoryBytes,
    diskBytes: onDisk,
  };
}

/** Without the segment cache and the buffer of the active segment, which are constants of the store. */
async function memoryOf({ options }: Bench, directory: string): Promise<number> {
  const { inProcess } = options;
  const active = activeSegmentBytes(directory);
  const request = { directory, close: true, cacheSizeBytes: 0 };
  const { bytes } = await runJob('openStore', request, { inProcess });
  // A small store's share may drown in what the process itself does.
  return Math.max(1, bytes - active);
}

/** After a kill without a checkpoint, each opening is killed in turn; the first one only for that. */
async function openMs(
  { options: { inProcess } }: Bench,
  directory: string,
  killed: boolean,
): Promise<number> {
  const ms: number[] = [];
  const request = { directory, close: !killed || inProcess, put: killed };
  for (let round = killed ? -1 : 0; round < OPENS; round++) {
    const result = await runJob('openStore', request, { inProcess, kill: killed });
    if (killed) rmSync(`${directory}/CHECKPOINT`, { force: true });
    if (round >= 0) ms.push(result.ms);
  }
  return median(ms);
}
