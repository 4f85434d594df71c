/** The writer's promises: whole transactions in a frame, clean rollback, clean ENOSPC. */
import * as fc from 'fast-check';
import { afterEach, expect, test } from 'vitest';
import { property } from '../base/property.testing.ts';
import { SECTOR_BYTES } from './format.ts';
import type { Log } from './log.ts';
import {
  commit,
  emptyFs,
  openLog,
  osError,
  put,
  resetLimits,
  shrinkLimits,
  transact,
  WatchedFs,
} from './log.testing.ts';

afterEach(resetLimits);

const tiny = (): void =>
  shrinkLimits({ segmentSizeBytesMin: 2048, zeroFillBytes: 1024, framePayloadBytesTarget: 256 });

function reopened(log: Log, fs = log.set.fs): readonly string[] {
  log.close();
  const { log: again, found } = openLog(fs);
  again.close();
  return found;
}

test('a batch that ends with the segment does not trip the next transaction', () => {
  tiny();
  const { log } = openLog(emptyFs());
  // Each commit takes exactly one sector: the third fills the segment of 2048 bytes.
  for (let main = 2; main < 20; main++) commit(log, put(main, 'v'));
  expect(reopened(log)).toHaveLength(18);
});

test('every batch starts at a sector of its own, and frames stay in their segment', () => {
  tiny();
  const fs = new WatchedFs(emptyFs());
  const { log } = openLog(fs);
  for (let main = 2; main < 40; main++) commit(log, put(main, 'v'.repeat((main * 37) % 700)));
  const writes = fs.calls.filter((call) => /^write \d+\.seg/.test(call));
  for (const write of writes) expect(Number(write.split(' ')[2]) % SECTOR_BYTES).toBe(0);
  for (const { tail, capacityBytes } of log.set.order) {
    expect(tail).toBeLessThanOrEqual(capacityBytes);
  }
  expect(reopened(log)).toHaveLength(38);
});

test('a roll in the middle of a transaction takes all of it to the next segment', () => {
  tiny();
  const { log } = openLog(emptyFs());
  commit(log, put(2, Buffer.alloc(500, 'a')));
  transact(log, put(3, Buffer.alloc(200, 'b')));
  const value = Buffer.alloc(300, 'c');
  const third = [0, 1, 2, 3].map((sub) => ({ ...put(4, value, `k${sub}`), sub }));
  transact(log, ...third);
  log.commit.commitNow();
  expect(
    log.set.order.map(({ firstSequence, lastSequence }) => [firstSequence, lastSequence]),
  ).toEqual([
    [1, 2],
    [3, 3],
  ]);
  expect(reopened(log).map((line) => line.slice(0, 4))).toEqual([
    '2 k2',
    '3 k3',
    '4 k0',
    '4 k1',
    '4 k2',
    '4 k3',
  ]);
});

test('a transaction larger than any segment gets one of its own size', () => {
  tiny();
  const fs = emptyFs();
  const { log } = openLog(fs, { segmentSizeBytes: 4096 });
  const records = Array.from({ length: 40 }, (_, sub) => ({ ...put(2, 'x'.repeat(1000)), sub }));
  commit(log, ...records);
  commit(log, put(3, 'after'));
  expect(reopened(log)).toHaveLength(41);
});

test('a transaction beyond the limit is refused and leaves the log usable', () => {
  tiny();
  shrinkLimits({ transactionBytesMax: 8000 });
  const { log } = openLog(emptyFs());
  commit(log, put(2, 'before'));
  log.writer.begin();
  expect(() => {
    for (let sub = 0; ; sub++) log.append({ ...put(3, 'x'.repeat(1000)), sub });
  }).toThrowError(expect.objectContaining({ code: 'ERR_REQUEST_TOO_LARGE' }));
  log.writer.rollback();
  commit(log, put(3, 'after'));
  expect(reopened(log)).toEqual(['2 k2 before', '3 k3 after']);
});

property([
  fc.array(
    fc.record({
      sizes: fc.array(fc.integer({ min: 0, max: 900 }), { maxLength: 5 }),
      end: fc.constantFrom('end', 'end', 'rollback'),
      commit: fc.boolean(),
    }),
    { maxLength: 25 },
  ),
])('transactions that end are kept in order, those rolled back leave nothing', (steps) => {
  tiny();
  const { log } = openLog(emptyFs(), { segmentSizeBytes: 8192 });
  const expected: string[] = [];
  let main = 2;
  for (const { sizes, end, commit: commits } of steps) {
    log.writer.begin();
    const lines = sizes.map((size, sub) => {
      log.append({ ...put(main, 'v'.repeat(size)), sub });
      return `${main} k${main} ${'v'.repeat(size)}`;
    });
    log.writer[end === 'end' ? 'end' : 'rollback']();
    if (end === 'end') expected.push(...lines);
    if (end === 'end') main++;
    if (commits) log.commit.commitNow();
  }
  log.commit.commitNow();
  expect(log.writer.clean).toBe(true);
  expect(reopened(log)).toEqual(expected);
});

test('a frame without a revision says so, though a rolled-back transaction had one', () => {
  tiny();
  const { log } = openLog(emptyFs());
  transact(log, { ...put(0, 'meta'), bucket: 1, create: 0 });
  log.writer.begin();
  log.append(put(7, 'gone'));
  log.writer.rollback();
  log.commit.commitNow();
  const first = log.set.active;
  expect(first.data!.getUint32(512 + 32, true)).toBe(0);
  log.close();
});

/** The device is full for every write that the pattern names, until it is lifted. */
function fullDisk(fs: WatchedFs, pattern: RegExp): { lift(): void } {
  fs.onCall = (call) => {
    if (pattern.test(call)) throw osError('ENOSPC');
  };
  return { lift: () => void (fs.onCall = () => {}) };
}

test.each([
  ['creating the segment', /^create 0000000002/],
  ['its first zeros', /^write 0000000002\.seg 0 /],
  ['its header', /^write 0000000002\.seg 0 512$/],
])('no space while %s: the transaction fails, the log goes on', (_what, pattern) => {
  tiny();
  const fs = new WatchedFs(emptyFs());
  const { log } = openLog(fs);
  commit(log, put(2, 'before'));
  const disk = fullDisk(fs, pattern);
  log.writer.begin();
  const big = Buffer.alloc(700, 'x');
  expect(() => {
    for (let sub = 0; sub < 12; sub++) log.append({ ...put(3, big), sub });
  }).toThrowError(expect.objectContaining({ code: 'ERR_NO_SPACE' }));
  log.writer.rollback();
  commit(log, put(3, 'small'));
  disk.lift();
  for (let main = 4; main < 30; main++) commit(log, put(main, big));
  expect(log.commit.failure).toBeUndefined();
  const found = reopened(log);
  expect(found).toHaveLength(28);
  expect(found.slice(0, 2)).toEqual(['2 k2 before', '3 k3 small']);
});

test('no space for zeros ahead in the same segment: the transaction fails, the log goes on', () => {
  shrinkLimits({ segmentSizeBytesMin: 8192, zeroFillBytes: 1024 });
  const fs = new WatchedFs(emptyFs());
  const { log } = openLog(fs);
  const disk = fullDisk(fs, /^write 0000000001\.seg 1024 \d+$/);
  log.writer.begin();
  expect(() => log.append(put(2, 'x'.repeat(1000)))).toThrowError(/no space left/);
  log.writer.rollback();
  disk.lift();
  commit(log, put(2, 'y'.repeat(1000)));
  expect(reopened(log)).toEqual([`2 k2 ${'y'.repeat(1000)}`]);
});

test('frames are cut at the target, never inside a transaction', () => {
  shrinkLimits({ segmentSizeBytesMin: 64 * 1024, framePayloadBytesTarget: 1000 });
  const { log } = openLog(emptyFs());
  for (let main = 2; main < 8; main++) transact(log, put(main, 'x'.repeat(400)));
  // Each record takes 24 + 4 + 2 + 400 bytes; the third one of a frame passes 1000.
  expect(log.writer.lastSequence).toBe(2);
  log.close();
});
