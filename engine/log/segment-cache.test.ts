/** Sealed segments in and out of memory: always the right bytes, or ERR_CORRUPT with the place. */
import { afterEach, expect, test } from 'vitest';
import type { Log } from './log.ts';
import {
  commit,
  emptyFs,
  fsOf,
  type Image,
  edited,
  imageOf,
  openLog,
  osError,
  put,
  resetLimits,
  shrinkLimits,
  transact,
  WatchedFs,
} from './log.testing.ts';
import type { Segment } from './segment.ts';

afterEach(resetLimits);

interface Place {
  readonly slot: number;
  readonly at: number;
  readonly main: number;
}

const valueOf = (main: number): Buffer => Buffer.alloc(100 + (main % 7) * 200, 97 + (main % 26));

/** Some segments of 32 KiB, with units of several frames, and the place of every record. */
function filled(): { image: Image; places: Place[] } {
  shrinkLimits({
    segmentSizeBytesMin: 32 * 1024,
    zeroFillBytes: 4096,
    framePayloadBytesTarget: 900,
  });
  const fs = emptyFs();
  const { log } = openLog(fs, { segmentSizeBytes: 32 * 1024 });
  const places: Place[] = [];
  for (let main = 2; main < 220; main++) {
    log.writer.begin();
    const at = log.append(put(main, valueOf(main)));
    places.push({ slot: log.writer.active.slot, at, main });
    log.writer.end();
    if (main % 5 === 0) log.commit.commitNow();
  }
  log.close();
  expect(log.set.order.length).toBeGreaterThan(3);
  return { image: imageOf(fs), places };
}

function read(log: Log, { slot, at, main }: Place): void {
  const view = log.read(slot, at);
  // Not two expectations each: there are thousands.
  if (view.main === main && valueOf(main).equals(view.value())) return;
  expect.fail(`what was put as ${main} reads as ${view.main}`);
}

const shuffled = (places: readonly Place[]): Place[] =>
  places.toSorted((a, b) => ((a.main * 7919) % 223) - ((b.main * 7919) % 223));

test.each([0, 40_000, 70_000, 10_000_000])(
  'with a budget of %d bytes every record reads right',
  (cacheSizeBytes) => {
    const { image, places } = filled();
    const { log } = openLog(fsOf(image), { cacheSizeBytes, segmentSizeBytes: 32 * 1024 });
    for (const place of [...shuffled(places), ...places, ...shuffled(places)]) read(log, place);
    const resident = log.set.order.filter(
      ({ sealed, buffer }: Segment) => sealed && buffer !== null,
    );
    expect(resident.reduce((sum, { capacityBytes }) => sum + capacityBytes, 0)).toBeLessThanOrEqual(
      cacheSizeBytes,
    );
    log.close();
  },
);

test('a segment that is asked for more takes the place of one that is not', () => {
  const { image, places } = filled();
  const { log } = openLog(fsOf(image), { cacheSizeBytes: 40_000, segmentSizeBytes: 32 * 1024 });
  const [first, second] = log.set.order as [Segment, Segment];
  expect([first.buffer === null, second.buffer === null]).toEqual([false, true]);
  const cold = places.filter(({ slot }) => slot === second.slot);
  for (let round = 0; round < 200; round++) for (const place of cold) read(log, place);
  expect([first.buffer === null, second.buffer === null]).toEqual([true, false]);
  for (const place of places) read(log, place);
  log.close();
});

test('what was sealed and is not on disk yet stays in memory, however small the budget', () => {
  const { image, places } = filled();
  const fs = fsOf(image);
  const { log } = openLog(fs, { cacheSizeBytes: 40_000, segmentSizeBytes: 32 * 1024 });
  const fresh: Place[] = [];
  for (let main = 300; main < 420; main++) {
    log.writer.begin();
    fresh.push({ at: log.append(put(main, valueOf(main))), slot: log.writer.active.slot, main });
    log.writer.end();
  }
  for (let round = 0; round < 20; round++) for (const place of places) read(log, place);
  for (const place of fresh) read(log, place);
  log.commit.commitNow();
  for (const place of shuffled([...places, ...fresh])) read(log, place);
  log.close();
});

/** Opens the store intact, then damages the first segment's file and reads everything in it. */
function readDamaged(
  { image, places }: ReturnType<typeof filled>,
  damage: (bytes: Buffer) => void,
  cacheSizeBytes: number,
): string[] {
  const damaged = edited(image, '0000000001.seg', (bytes) => damage(bytes)).get('0000000001.seg')!;
  const fs = fsOf(image);
  const { log } = openLog(fs, { cacheSizeBytes: 0, segmentSizeBytes: 32 * 1024 });
  // A new cache, since the scan has read everything.
  const marks = log.checkpoint(Number.MAX_SAFE_INTEGER);
  log.close();
  const file = fs.open('/store/0000000001.seg', 'write');
  file.writeAt(damaged, 0);
  file.close();
  const { log: cold } = openCold(fs, marks, cacheSizeBytes);
  const errors: string[] = [];
  for (const place of shuffled(places)) {
    try {
      read(cold, place);
    } catch (error) {
      if ((error as { code?: string }).code !== 'ERR_CORRUPT') throw error;
      errors.push((error as Error).message);
    }
  }
  cold.close();
  return errors;
}

function openCold(
  fs: ReturnType<typeof fsOf>,
  marks: ReturnType<Log['checkpoint']>,
  cacheSizeBytes: number,
): { log: Log } {
  const options = { cacheSizeBytes, segmentSizeBytes: 32 * 1024 };
  return { log: openLog(fs, options, { ...marks, sequence: 0 }).log };
}

test.each([0, 40_000])('damage found on a read is refused with its place (budget %d)', (budget) => {
  const whole = filled();
  for (let at = 512; at < 9000; at += 391) {
    const errors = readDamaged(whole, (bytes) => void (bytes[at]! ^= 8), budget);
    for (const message of errors) expect(message).toMatch(/0000000001\.seg at offset \d+: /);
  }
});

test.each([0, 40_000])('any frame wiped out is noticed (budget %d)', (budget) => {
  const whole = filled();
  const bytes = whole.image.get('0000000001.seg')!;
  for (let at = bytes.indexOf('VFRM'); at >= 0; at = bytes.indexOf('VFRM', at + 1)) {
    const size = 48 + bytes.readUInt32LE(at + 8);
    const errors = readDamaged(whole, (damaged) => void damaged.fill(0, at, at + size), budget);
    expect(errors.length).toBeGreaterThan(0);
  }
});

test('a file that was cut short is noticed; one that cannot be read is another error', () => {
  const { image, places } = filled();
  const fs = new WatchedFs(fsOf(image));
  const { log } = openLog(fs, { cacheSizeBytes: 0, segmentSizeBytes: 32 * 1024 });
  const first = log.set.order[0]!;
  Object.assign(first.file, { readAt: () => 10 });
  expect(() => read(log, places[3]!)).toThrowError(
    /0000000001\.seg at offset 512: the file ends \d+ bytes early/,
  );
  Object.assign(first.file, {
    readAt: () => {
      throw osError('EIO');
    },
  });
  expect(() => read(log, places[3]!)).toThrowError(
    expect.objectContaining({ code: 'ERR_UNAVAILABLE' }),
  );
  commit(log, put(500, 'still'));
  transact(log, put(501, 'writable'));
  log.close();
});
