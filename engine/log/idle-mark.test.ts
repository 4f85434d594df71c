/** Marks: when they are written, what they claim, and that a full disk does not make them harmful. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { limits } from '../base/limits.ts';
import { FRAME_CLOSE, FRAME_MARK, type FrameHeader, readFrameHeader } from './format.ts';
import type { Log } from './log.ts';
import {
  commit,
  edited,
  emptyFs,
  FakeClock,
  fsOf,
  type Image,
  imageOf,
  openLog,
  osError,
  put,
  resetLimits,
  shrinkLimits,
  WatchedFs,
} from './log.testing.ts';

afterEach(resetLimits);

let fs: WatchedFs;
let clock: FakeClock;
let log: Log;

beforeEach(() => {
  shrinkLimits({ segmentSizeBytesMin: 4096, zeroFillBytes: 1024 });
  fs = new WatchedFs(emptyFs());
  clock = new FakeClock();
  ({ log } = openLog(fs, { clock }));
  commit(log, put(2, 'value'));
  fs.take();
});

const frameAt = (at: number): FrameHeader | undefined =>
  readFrameHeader(log.set.active.window, at, log.set.active.tail, log.set.active.salt);

test('after a pause one mark claims the last frame; it is written and not synced', () => {
  clock.advance(limits.idleMarkDelayMs);
  expect(fs.take().filter((call) => call.includes('1024 512'))).toEqual([
    'write 0000000001.seg 1024 512',
  ]);
  expect(fs.calls.some((call) => call.startsWith('sync'))).toBe(false);
  expect(frameAt(1024)).toMatchObject({
    kind: FRAME_MARK,
    sequence: 2,
    durableSequence: 1,
    recordCount: 0,
  });
  clock.advance(10 * limits.idleMarkDelayMs);
  expect(fs.take()).toEqual([]);
  expect(clock.timers).toBe(0);
});

test('a busy writer gets no mark until it rests', () => {
  for (let main = 3; main < 6; main++) {
    clock.advance(limits.idleMarkDelayMs / 2);
    commit(log, put(main, 'v'));
  }
  expect(log.writer.lastSequence).toBe(4);
  clock.advance(2 * limits.idleMarkDelayMs);
  clock.advance(2 * limits.idleMarkDelayMs);
  expect(log.writer.lastSequence).toBe(5);
});

const damaged = (): Image =>
  edited(imageOf(fs), '0000000001.seg', (bytes) => void (bytes[580]! ^= 1));

test('damage to the last frame: cut off without a mark, refused with one, refused after a close', () => {
  const { log: cut, found } = openLog(fsOf(damaged()));
  expect(found).toEqual([]);
  cut.close();
  clock.advance(limits.idleMarkDelayMs);
  const refused = {
    code: 'ERR_CORRUPT',
    message: expect.stringContaining('0000000001.seg at offset 512'),
  };
  expect(() => openLog(fsOf(damaged()))).toThrowError(expect.objectContaining(refused));
  log.close();
  expect(() => openLog(fsOf(damaged()))).toThrowError(expect.objectContaining(refused));
});

test('a close mark ends the session and claims everything, in a new segment if it has to', () => {
  for (let main = 3; log.set.active.tail < log.set.active.capacityBytes; main++) {
    commit(log, put(main, 'v'));
  }
  log.close();
  const [first, second] = log.set.order;
  expect(first!.sealed).toBe(true);
  expect(second!.tail).toBe(1024);
  expect(readFrameHeader(second!.window, 512, 1024, second!.salt)).toMatchObject({
    kind: FRAME_CLOSE,
    durableSequence: first!.lastSequence,
  });
  const { log: again, found } = openLog(fs);
  expect(found).toHaveLength(7);
  again.close();
});

test('a session that wrote nothing leaves the files as they are', () => {
  log.close();
  const before = imageOf(fs);
  openLog(fs).log.close();
  expect(imageOf(fs)).toEqual(before);
});

test('no space for the idle mark: no mark, and the log goes on', () => {
  shrinkLimits({ zeroFillBytes: 512 });
  const full = new WatchedFs(emptyFs());
  const { log: tight } = openLog(full, { clock });
  commit(tight, put(2, 'v'));
  full.onCall = (call) => {
    if (call.startsWith('write 0000000001.seg')) throw osError('ENOSPC');
  };
  clock.advance(limits.idleMarkDelayMs);
  full.onCall = () => {};
  expect(tight.commit.failure).toBeUndefined();
  commit(tight, put(3, 'v'));
  tight.close();
  expect(openLog(full).found).toHaveLength(2);
});

test('no space for the close mark: the log closes, everything is there', () => {
  shrinkLimits({ zeroFillBytes: 512 });
  const full = new WatchedFs(emptyFs());
  const { log: tight } = openLog(full, { clock });
  commit(tight, put(2, 'v'));
  full.onCall = (call) => {
    if (call.startsWith('write 0000000001.seg')) throw osError('ENOSPC');
  };
  tight.close();
  full.onCall = () => {};
  expect(openLog(full).found).toEqual(['2 k2 v']);
});

test('a failing write of the idle mark poisons', () => {
  fs.onCall = (call) => {
    if (call.startsWith('write')) throw osError('EIO');
  };
  clock.advance(limits.idleMarkDelayMs);
  expect(log.commit.failure?.code).toBe('ERR_POISONED');
});
