/** Files of dropped segments serve the next ones: when, and what is left of them where. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  commit,
  DIRECTORY,
  emptyFs,
  FakeClock,
  fsOf,
  imageOf,
  openLog,
  osError,
  put,
  resetLimits,
  shrinkLimits,
  transact,
  WatchedFs,
} from './log.testing.ts';
import type { Log } from './log.ts';
import { readManifest } from './manifest.ts';
import { SegmentRewrite } from './segment-rewrite.ts';
import { verifyClosedLog, verifyOpenLog } from './verify-log.ts';

beforeEach(() => shrinkLimits({ segmentSizeBytesMin: 4096, zeroFillBytes: 1024, spareShare: 1 }));
afterEach(resetLimits);

interface Subject {
  readonly fs: WatchedFs;
  readonly clock: FakeClock;
  readonly log: Log;
}

/** Four sealed segments, and an active one. */
function subject(): Subject {
  const fs = new WatchedFs(emptyFs());
  const clock = new FakeClock();
  const { log } = openLog(fs, { clock, segmentSizeBytes: 4096 });
  fill(log, 5);
  fs.take();
  return { fs, clock, log };
}

let main = 1;

/** Until the active segment is the one with this id. */
function fill(log: Log, id: number): void {
  while (log.set.active.id < id) commit(log, put(++main, Buffer.alloc(900, 'v')));
}

/** As cleaning does with a segment of which nothing stays. */
async function drop(log: Log, mayReuse = true): Promise<void> {
  const source = log.sealed[0]!;
  const nothing = { drops: () => true, keeps: () => false, placed: () => {} };
  const rewrite = new SegmentRewrite(log.set, [source], 0);
  for (const _ of rewrite.copy(nothing));
  const swapped = log.swap(rewrite);
  log.commit.commitNow();
  await swapped;
  await log.drop(source, mayReuse);
}

test('the file of a dropped segment becomes the next one, and nothing is filled with zeros', async () => {
  const { fs, log } = subject();
  await drop(log);
  expect(log.sizeBytes).toBe(log.set.order.reduce((sum, { allocated }) => sum + allocated, 4096));
  fs.take();
  const next = log.set.active.id + 2;
  fill(log, next);
  const name = `${String(next).padStart(10, '0')}.seg`;
  const calls = fs.take();
  expect(calls).toContain(`rename 0000000001.seg.old ${name}`);
  const writes = calls.filter((call) => call.startsWith(`write ${name}`));
  expect(writes.map((call) => call.split(' ')[2])).toEqual(['0', '512']);
  expect(log.set.active).toMatchObject({ isReused: true, capacityBytes: 4096, allocated: 4096 });
  // Its name is on disk before a manifest lists it.
  const listed = calls.indexOf('rename MANIFEST.tmp MANIFEST');
  expect(calls.slice(calls.indexOf(`rename 0000000001.seg.old ${name}`), listed)).toContain(
    'sync-directory',
  );
});

test('behind its frames lies what was there before; that is neither read nor taken for damage', async () => {
  const { fs, clock, log } = subject();
  await drop(log);
  fill(log, log.set.active.id + 2);
  commit(log, put(++main, 'odd length'));
  const { active } = log.set;
  const image = imageOf(fs);
  const name = active.file.path.slice(DIRECTORY.length + 1);
  expect(
    image
      .get(name)!
      .subarray(active.tail)
      .some((byte) => byte !== 0),
  ).toBe(true);
  expect(readManifest(fs, DIRECTORY)!.segments.at(-1)).toMatchObject({ isReused: true });
  const lines = mainsOf(openLog(fs.inner, { segmentSizeBytes: 4096 }).found);
  expect(lines.at(-1)).toBe(main);

  const killed = fsOf(image);
  expect(problemsOf(killed)).toEqual([]);
  const { log: again, found } = openLog(killed, { clock, segmentSizeBytes: 4096 });
  expect(mainsOf(found)).toEqual(lines);
  again.close();
  expect(problemsOf(killed)).toEqual([]);
});

const mainsOf = (found: readonly string[]): number[] =>
  found.map((line) => Number(line.split(' ')[0]));

function problemsOf(fs: ReturnType<typeof fsOf>): string[] {
  const problems: string[] = [];
  for (const _ of verifyClosedLog(fs, DIRECTORY, (problem) => problems.push(problem)));
  return problems;
}

test('none is kept when the writer is idle, or space is to come back; what is kept goes then', async () => {
  const { fs, clock, log } = subject();
  await drop(log, false);
  expect(fs.calls).toContain('remove 0000000001.seg');
  await drop(log);
  expect(log.set.spares.bytes).toBe(4096);
  // The first look finds that something was written since, the second one nothing.
  clock.advance(1000);
  clock.advance(1000);
  expect(log.set.spares.bytes).toBe(0);
  await log.set.spares.discard();
  expect(fs.calls).toContain('remove 0000000002.seg.old');
  fs.take();
  fill(log, log.set.active.id + 1);
  clock.advance(1000);
  clock.advance(1000);
  await drop(log);
  expect(fs.calls.some((call) => call.endsWith('.old'))).toBe(false);
});

test('none is kept while somebody reads segments by handles of their own', async () => {
  const { fs, log } = subject();
  const reading = verifyOpenLog(log.set, () => {});
  reading.next();
  await drop(log);
  expect(fs.calls).toContain('remove 0000000001.seg');
  reading.return();
  await drop(log);
  expect(log.set.spares.bytes).toBe(4096);
});

test('on a full disk it makes room for the segment that is being written', async () => {
  const { fs, log } = subject();
  await drop(log);
  const { active } = log.set;
  let isFull = true;
  fs.onCall = (call) => {
    if (call === 'remove 0000000001.seg.old') isFull = false;
    if (isFull && call.startsWith(`write ${active.file.path.slice(DIRECTORY.length + 1)}`)) {
      throw osError('ENOSPC');
    }
  };
  log.set.allocate(active, active.allocated + 1);
  expect([isFull, log.set.spares.bytes]).toEqual([false, 0]);
});

test('one that cannot be had under its new name refuses the write, and the next one goes without it', async () => {
  const { fs, log } = subject();
  await drop(log);
  fs.onCall = (call) => {
    if (call.startsWith('rename 0000000001.seg.old')) throw osError('EIO');
  };
  const refused = (): void => {
    for (;;) transact(log, put(++main, Buffer.alloc(900, 'v')));
  };
  expect(refused).toThrowError(expect.objectContaining({ code: 'ERR_UNAVAILABLE' }));
  log.writer.rollback();
  commit(log, put(++main, Buffer.alloc(900, 'v')));
  expect(log.set.active.isReused).toBe(false);
});
