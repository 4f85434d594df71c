/** What `open` does with every kind of ending: cut what was never acknowledged, refuse what was. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { VarveError } from '../base/errors.ts';
import {
  commit,
  edited,
  emptyFs,
  FakeClock,
  fsOf,
  type Image,
  imageOf,
  openLog,
  put,
  resetLimits,
  shrinkLimits,
  transact,
  WatchedFs,
} from './log.testing.ts';

const FILE = '0000000001.seg';

beforeEach(() =>
  shrinkLimits({ segmentSizeBytesMin: 4096, zeroFillBytes: 4096, framePayloadBytesTarget: 100 }),
);
afterEach(resetLimits);

/** Commits `durable` batches, then appends one of several frames, as images before and after it. */
function tail(durable: number): {
  before: Image;
  after: Image;
  from: number;
  to: number;
  lines: string[];
} {
  const fs = emptyFs();
  const { log } = openLog(fs);
  for (let main = 2; main < 2 + durable; main++) {
    commit(log, put(main, `value ${main}`.replace(' ', '-')));
  }
  const before = imageOf(fs);
  const from = log.set.active.tail;
  // Three frames, of which the second reaches into the next sector.
  for (const [main, size] of [
    [100, 90],
    [101, 400],
    [102, 90],
  ] as const) {
    transact(log, put(main, Buffer.alloc(size, 'x')));
  }
  log.commit.commitNow();
  const to = log.set.active.tail;
  const after = imageOf(fs);
  const { found } = openLog(fsOf(after));
  return { before, after, from, to, lines: [...found] };
}

const found = (image: Image): readonly string[] => {
  const fs = fsOf(image);
  const { log, found: lines } = openLog(fs);
  commit(log, put(200, 'new'));
  commit(log, put(201, 'newer'));
  log.close();
  // Whatever is written after recovery comes back, and nothing of what was cut.
  const again = openLog(fs);
  again.log.close();
  expect(again.found).toEqual([...lines, '200 k200 new', '201 k201 newer']);
  return lines;
};

test('the last batch cut at every byte: an unbroken beginning of it is left', () => {
  const { before, after, from, to, lines } = tail(2);
  expect(lines).toHaveLength(5);
  for (let cut = from; cut <= to; cut++) {
    const image = edited(
      before,
      FILE,
      (bytes) => void after.get(FILE)!.copy(bytes, from, from, cut),
    );
    const left = found(image);
    expect(left.length).toBeGreaterThanOrEqual(2);
    expect(left).toEqual(lines.slice(0, left.length));
  }
  expect(found(after)).toEqual(lines);
});

test('the file itself cut at every byte of the last batch', () => {
  const { after, from, to, lines } = tail(2);
  for (let cut = from; cut <= to; cut++) {
    const left = found(edited(after, FILE, (bytes) => bytes.subarray(0, cut)));
    expect(left).toEqual(lines.slice(0, left.length));
    expect(left.length).toBeGreaterThanOrEqual(2);
  }
});

test("any subset of the last batch's sectors: whole transactions, in order", () => {
  const { before, after, from, to, lines } = tail(1);
  const sectors = (to - from) / 512;
  for (let kept = 0; kept < 1 << sectors; kept++) {
    const image = edited(before, FILE, (bytes) => {
      for (let sector = 0; sector < sectors; sector++) {
        const at = from + sector * 512;
        if (kept & (1 << sector)) after.get(FILE)!.copy(bytes, at, at, at + 512);
      }
    });
    const left = found(image);
    expect(left).toEqual(lines.slice(0, left.length));
    if (kept === (1 << sectors) - 1) expect(left).toEqual(lines);
  }
});

test('a byte of a claimed frame, whichever it is: refused, with file and offset', () => {
  const { before } = tail(3);
  // Batches at 512, 1024 and 1536; the third claims the second.
  for (const at of [512, 1024]) {
    const size = 48 + before.get(FILE)!.readUInt32LE(at + 8);
    for (let byte = at; byte < at + size; byte++) {
      const image = edited(before, FILE, (bytes) => void (bytes[byte]! ^= 0x40));
      const frame = at / 512;
      expect(() => openLog(fsOf(image))).toThrowError(
        new RegExp(`${FILE} at offset \\d+: frame ${frame} is damaged`),
      );
    }
  }
});

test('zeros in the middle are not the end of the log', () => {
  const { before } = tail(3);
  const image = edited(before, FILE, (bytes) => void bytes.fill(0, 1024, 1536));
  expect(() => openLog(fsOf(image))).toThrowError(
    /0000000001.seg at offset \d+: frame 2 is damaged/,
  );
});

test('a frame of another store, another segment or another place does not pass', () => {
  const { after, from, before } = tail(2);
  const moved = edited(after, FILE, (bytes) => {
    bytes.copy(bytes, 3072, from, from + 1024);
    bytes.fill(0, from, from + 1024);
  });
  expect(found(moved)).toEqual(found(before));
});

test('frames behind a cut do not come back when the gap is filled again', () => {
  const fs = emptyFs();
  const { log } = openLog(fs);
  commit(log, put(2, 'a'));
  const before = imageOf(fs);
  // One batch of three frames, each in a sector of its own, of the same size as what follows later.
  for (const main of [3, 4, 5]) transact(log, put(main, Buffer.alloc(440, 'o')));
  log.commit.commitNow();
  const after = imageOf(fs);
  const lost = edited(after, FILE, (bytes) => void before.get(FILE)!.copy(bytes, 1024, 1024, 1600));
  const crashed = fsOf(lost);
  const { log: second, found: left } = openLog(crashed);
  expect(left).toEqual(['2 k2 a']);
  // As large as the lost frame: the next old frame would follow at the right place.
  commit(second, put(3, Buffer.alloc(440, 'n')));
  const third = openLog(crashed);
  expect(third.found.map((line) => line.slice(0, 6))).toEqual(['2 k2 a', '3 k3 n']);
});

test('a sector that holds the end of a durable frame is not written again while recovering', () => {
  const { after, from } = tail(2);
  // Of the last batch only the second of its sectors was kept, so there is something to be wiped.
  const image = edited(after, FILE, (bytes) => void bytes.fill(0, from, from + 512));
  const fs = new WatchedFs(fsOf(image));
  openLog(fs).log.close();
  const writes = fs.calls.flatMap((call) => {
    const [, at, length] = /^write \S*\.seg (\d+) (\d+)$/.exec(call) ?? [];
    return at === undefined ? [] : [{ at: Number(at), length: Number(length) }];
  });
  expect(writes.length).toBeGreaterThan(0);
  expect(writes.filter(({ at }) => at < from)).toEqual([]);
});

test('what only an older manifest lists goes after the newer one has its name on disk', () => {
  const { after } = tail(2);
  const left = new Map([...after, ['0000000009.seg', Buffer.alloc(1024)]]);
  const fs = new WatchedFs(fsOf(left));
  openLog(fs).log.close();
  const removed = fs.calls.indexOf('remove 0000000009.seg');
  expect(removed).toBeGreaterThan(-1);
  expect(fs.calls.slice(0, removed)).toContain('sync-directory');
});

test('what a torn sector holds behind a whole frame goes, though another frame follows', () => {
  const fs = emptyFs();
  const clock = new FakeClock();
  const { log } = openLog(fs, { clock });
  commit(log, put(2, 'value'));
  // The mark is not synced, and the close mark claims what is before it: a power cut may tear its sector.
  clock.advance(1000);
  log.close();
  const image = imageOf(fs);
  const bytes = image.get(FILE)!;
  const first = bytes.indexOf('VFRM');
  const mark = bytes.indexOf('VFRM', first + 4);
  expect(bytes.indexOf('VFRM', mark + 4)).toBe(mark + 512);
  const gap = [mark + 48, mark + 512] as const;
  const torn = edited(image, FILE, (bytes) => void bytes.fill(0x3a, gap[0] + 16, gap[1]));
  const left = fsOf(torn);
  openLog(left).log.close();
  const after = imageOf(left).get(FILE)!;
  expect(after.subarray(...gap).every((byte) => byte === 0)).toBe(true);
  // What another frame claims was not torn: that is for verify to tell.
  const rotten = fsOf(edited(image, FILE, (bytes) => void bytes.fill(0x3a, mark - 8, mark)));
  openLog(rotten).log.close();
  expect(imageOf(rotten).get(FILE)!.subarray(first, mark).includes(0x3a)).toBe(true);
});

test('what a torn sector holds right behind the last byte of the last frame goes, aligned or not', () => {
  const fs = emptyFs();
  const { log } = openLog(fs);
  commit(log, put(2, 'sixteen bytes ..'));
  commit(log, put(3, 'odd bytes ..'));
  const image = imageOf(fs);
  const last = image.get(FILE)!.lastIndexOf('..') + 2;
  expect(last % 8).not.toBe(0);
  const torn = fsOf(edited(image, FILE, (bytes) => void bytes.fill(0x3a, last, last + 40)));
  openLog(torn).log.close();
  const after = imageOf(torn)
    .get(FILE)!
    .subarray(last, last + 40);
  expect(after.every((byte) => byte === 0)).toBe(true);
});

test('read-only: what is cut is not wiped, and not seen', () => {
  const { before, after, from } = tail(1);
  const image = edited(after, FILE, (bytes) => void bytes.fill(0, from, from + 40));
  const fs = fsOf(image);
  const { log, found: left } = openLog(fs, { readOnly: true });
  log.close();
  expect(left).toEqual(openLog(fsOf(before)).found);
  expect(imageOf(fs)).toEqual(image);
});

test('marks close the window: with an idle mark the last frame is claimed', () => {
  const fs = emptyFs();
  const clock = new FakeClock();
  const { log } = openLog(fs, { clock });
  commit(log, put(2, 'a'));
  clock.advance(1000);
  const image = edited(imageOf(fs), FILE, (bytes) => void (bytes[570]! ^= 1));
  expect(() => openLog(fsOf(image))).toThrowError(/frame 1 is damaged and frame 2 at offset 1024/);
});

test('any byte of any file changed: refused with a type, or cut, never a wrong record', () => {
  const { after, lines, to } = tail(3);
  for (const name of after.keys()) {
    const size = name === FILE ? to : after.get(name)!.length;
    for (let at = 0; at < size; at += name === FILE ? 3 : 1) {
      const image = edited(after, name, (bytes) => void (bytes[at]! ^= 0x11));
      try {
        const { log, found: left } = openLog(fsOf(image));
        log.close();
        expect(left).toEqual(lines.slice(0, left.length));
      } catch (error) {
        expect(error).toBeInstanceOf(VarveError);
      }
    }
  }
});

const refused = (changed: Image): void => {
  const corrupt = expect.objectContaining({ code: 'ERR_CORRUPT' });
  expect(() => openLog(fsOf(changed))).toThrowError(corrupt);
};

test('sealed segments: damage to any byte, a cut or a swapped file is refused with its place', () => {
  shrinkLimits({ segmentSizeBytesMin: 2048, zeroFillBytes: 1024 });
  const fs = emptyFs();
  const { log } = openLog(fs);
  for (let main = 2; main < 12; main++) commit(log, put(main, Buffer.alloc(500, 'v')));
  log.close();
  const image = imageOf(fs);
  for (let at = 0; at < 1500; at++) {
    if (at >= 32 && at < 512) continue;
    // Only headers and frames count, padding does not.
    if (at >= 512 && (at - 512) % 1024 >= 48 + 24 + 4 + 2 + 500) continue;
    refused(edited(image, FILE, (bytes) => void (bytes[at]! ^= 2)));
  }
  refused(edited(image, FILE, (bytes) => bytes.subarray(0, 1000)));
  refused(new Map([...image, [FILE, image.get('0000000002.seg')!]]));
  refused(new Map([...image].filter(([name]) => name !== FILE)));
});
