/** Writing the log anew: all or nothing, whatever fails, and no old file gets in the way. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Log } from './log.ts';
import type { LogWriter } from './log-writer.ts';
import {
  commit,
  edited,
  emptyFs,
  fsOf,
  imageOf,
  openLog,
  osError,
  put,
  resetLimits,
  shrinkLimits,
  WatchedFs,
} from './log.testing.ts';

beforeEach(() =>
  shrinkLimits({ segmentSizeBytesMin: 2048, zeroFillBytes: 1024, framePayloadBytesTarget: 256 }),
);
afterEach(resetLimits);

const line = (main: number): string => `${main} k${main} ${'v'.repeat(main % 90)}`;
const record = (main: number): ReturnType<typeof put> => put(main, 'v'.repeat(main % 90));
const lines = (from: number, to: number, step = 1): string[] =>
  Array.from({ length: Math.ceil((to - from) / step) }, (_, i) => line(from + i * step));

/** Keeps every `step`th revision. */
function append(writer: LogWriter, to: number, step: number): void {
  for (let main = 2; main < to; main += step) {
    writer.begin();
    writer.append(record(main));
    writer.end();
  }
}

function filled(fs: WatchedFs, count = 100): Log {
  const { log } = openLog(fs, { segmentSizeBytes: 4096, cacheSizeBytes: 5000 });
  for (let main = 2; main < count; main++) commit(log, record(main));
  fs.take();
  return log;
}

test.each([1, 3, 40, 1000])('every %dth record is kept, in order, and the log goes on', (step) => {
  const fs = new WatchedFs(emptyFs());
  const log = filled(fs);
  log.rewrite((writer) => append(writer, 100, step));
  const kept = lines(2, 100, step);
  expect(openLog(fsOf(imageOf(fs)), { segmentSizeBytes: 4096 }).found).toEqual(kept);
  commit(log, record(100));
  commit(log, record(101));
  log.close();
  const { log: again, found } = openLog(fs, { segmentSizeBytes: 4096 });
  expect(found).toEqual([...kept, line(100), line(101)]);
  again.close();
});

test('an empty rewrite, and a rewrite of a rewrite', () => {
  const fs = new WatchedFs(emptyFs());
  const log = filled(fs, 10);
  log.rewrite(() => {});
  log.rewrite(() => {});
  commit(log, record(10));
  log.rewrite((writer) => append(writer, 5, 1));
  log.close();
  expect(openLog(fs).found).toEqual(lines(2, 5));
});

test('whatever call fails: the next open finds the old log or the new one, whole', () => {
  const old = lines(2, 60);
  const kept = lines(2, 60, 3);
  for (let failing = 0, failed = true; failed; failing++) {
    const fs = new WatchedFs(emptyFs());
    const log = filled(fs, 60);
    let calls = 0;
    failed = false;
    fs.onCall = () => {
      if (calls++ !== failing) return;
      failed = true;
      throw osError('EIO');
    };
    try {
      log.rewrite((writer) => append(writer, 60, 3));
    } catch {
      expect(log.commit.failure).toBeDefined();
    }
    fs.onCall = () => {};
    const found = openLog(fsOf(imageOf(fs)), { segmentSizeBytes: 4096 }).found;
    expect(found.length === old.length ? old : kept).toEqual(found);
  }
});

test('no space: the old log goes on', () => {
  const fs = new WatchedFs(emptyFs());
  const log = filled(fs, 60);
  const files = fs.list('/store');
  fs.onCall = (call) => {
    if (
      call.startsWith('create') &&
      fs.calls.filter((made) => made.startsWith('create')).length > 1
    ) {
      throw osError('ENOSPC');
    }
  };
  expect(() => log.rewrite((writer) => append(writer, 60, 1))).toThrowError(
    expect.objectContaining({ code: 'ERR_NO_SPACE' }) as Error,
  );
  fs.onCall = () => {};
  expect(fs.list('/store')).toEqual(files);
  commit(log, record(60));
  log.close();
  expect(openLog(fs, { segmentSizeBytes: 4096 }).found).toEqual(lines(2, 61));
});

test("old files go or become spares; a spare's old frames never pass", () => {
  const fs = new WatchedFs(emptyFs());
  const log = filled(fs, 300);
  log.rewrite((writer) => append(writer, 10, 1));
  const spares = fs.list('/store').filter((name) => name.endsWith('.spare'));
  expect(spares).toHaveLength(2);
  expect(fs.list('/store').filter((name) => name.endsWith('.seg'))).toHaveLength(1);
  const expected = lines(2, 10);
  for (let main = 300; main < 330; main++) {
    commit(log, record(main));
    expected.push(line(main));
    expect(openLog(fsOf(imageOf(fs)), { segmentSizeBytes: 4096 }).found).toEqual(expected);
  }
  expect(fs.calls.some((call) => call.startsWith(`rename ${spares[1]}`))).toBe(true);
});

test('spares do not outlive the session: one may hold frames of an id that is not given out yet', () => {
  const fs = new WatchedFs(emptyFs());
  const log = filled(fs, 300);
  log.rewrite((writer) => append(writer, 10, 1));
  openLog(fs, { segmentSizeBytes: 4096 });
  expect(fs.list('/store').filter((name) => name.endsWith('.spare'))).toEqual([]);
});

test('damage to what was rewritten is refused, to the last frame', () => {
  const fs = new WatchedFs(emptyFs());
  const log = filled(fs, 20);
  log.rewrite((writer) => append(writer, 20, 1));
  const image = imageOf(fs);
  const name = fs.list('/store').findLast((file) => file.endsWith('.seg'))!;
  const [bytes] = [image.get(name)!];
  for (
    let at = bytes.indexOf('VFRM');
    at < bytes.lastIndexOf('VFRM');
    at = bytes.indexOf('VFRM', at + 1)
  ) {
    const rotten = edited(image, name, (copy) => void (copy[at + 60]! ^= 1));
    expect(() => openLog(fsOf(rotten))).toThrowError(/ERR_CORRUPT|is damaged|checksum/);
  }
});
