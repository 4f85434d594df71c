/** Who is told what, when, and after which calls to the disk. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { limits } from '../base/limits.ts';
import type { Log, LogOptions } from './log.ts';
import {
  emptyFs,
  FakeClock,
  openLog,
  osError,
  put,
  resetLimits,
  transact,
  turn,
  waiter,
  WatchedFs,
} from './log.testing.ts';

afterEach(resetLimits);

let fs: WatchedFs;
let clock: FakeClock;
let log: Log;
let told: string[];

function open(options: Partial<LogOptions> = {}): void {
  fs = new WatchedFs(emptyFs());
  clock = new FakeClock();
  told = [];
  ({ log } = openLog(fs, { clock, ...options }));
  fs.take();
}
beforeEach(() => open());

/** A put whose waiter is called `name`. */
function ask(main: number, name = `p${main}`): void {
  transact(log, put(main, 'v'));
  log.commit.wait(waiter(name, told));
  log.commit.request();
}

/** From here on syncs go to the background, and the test holds them. */
function makeSlow(): void {
  const sync = fs.onCall;
  fs.onCall = (call) => {
    sync(call);
    if (call.startsWith('sync ')) clock.advance(50);
  };
  ask(1);
  log.commit.commitNow();
  told.length = 0;
  fs.take();
  fs.onCall = () => {};
  fs.holds = true;
}

test('one write and one sync carry everything that is in flight', async () => {
  for (let main = 2; main < 50; main++) ask(main);
  expect(fs.take()).toEqual([]);
  await turn();
  expect(fs.take()).toEqual([
    expect.stringMatching(/^write 0000000001\.seg 512 \d+$/),
    'sync 0000000001.seg',
  ]);
  expect(told).toHaveLength(48);
  expect(log.commit.durableRevision).toBe(49);
});

test('nothing is told, and nothing claimed, before the sync', async () => {
  fs.onCall = (call) => {
    if (!call.startsWith('sync ')) return;
    expect(told).toEqual([]);
    expect(log.commit.durableRevision).toBe(0);
    expect(log.writer.durableSequence).toBe(0);
  };
  ask(2);
  await turn();
  expect(told).toEqual(['p2 committed']);
  expect(log.writer.durableSequence).toBe(1);
});

test('a disk that is slow on average is synced in the background, and in place again when fast', async () => {
  makeSlow();
  ask(2);
  await turn();
  expect(fs.take()[1]).toBe('background 0000000001.seg');
  expect(told).toEqual([]);
  for (let main = 3; main < 40; main++) {
    fs.held.pop()!.resolve();
    await turn();
    if (fs.holds) ask(main);
    await turn();
    if (fs.calls.some((call) => call.startsWith('sync '))) return;
  }
  expect.unreachable('fast syncs never brought it back');
});

test('the next batch starts before the waiters of the one before are told', async () => {
  makeSlow();
  ask(2);
  await turn();
  ask(3);
  ask(4);
  fs.take();
  fs.held[0]!.resolve();
  const before: string[][] = [];
  fs.onCall = () => before.push([...told]);
  await turn();
  expect(fs.take()).toEqual([expect.stringMatching(/^write/), 'background 0000000001.seg']);
  expect(before).toEqual([[], []]);
  expect(told).toEqual(['p2 committed']);
  fs.held[1]!.resolve();
  await turn();
  expect(told).toEqual(['p2 committed', 'p3 committed', 'p4 committed']);
});

test.each(['write', 'sync'])(
  'a failed %s fails everybody, now and later, and nothing more is written',
  async (what) => {
    fs.onCall = (call) => {
      if (call.startsWith(`${what} `)) throw osError('EIO');
    };
    ask(2);
    ask(3);
    await turn();
    fs.onCall = () => {};
    fs.take();
    expect(told).toEqual(['p2 failed ERR_POISONED', 'p3 failed ERR_POISONED']);
    ask(4);
    await turn();
    expect(told[2]).toBe('p4 failed ERR_POISONED');
    expect(() => log.commit.commitNow()).toThrowError(
      expect.objectContaining({ code: 'ERR_POISONED' }),
    );
    await expect(log.commit.flush()).rejects.toMatchObject({ code: 'ERR_POISONED' });
    expect(log.commit.failure?.cause).toMatchObject({ code: 'EIO' });
    expect(log.commit.durableRevision).toBe(0);
    clock.advance(10_000);
    log.close();
    expect(fs.take()).toEqual([]);
  },
);

test('a failed background sync fails its batch and the one that filled meanwhile', async () => {
  makeSlow();
  ask(2);
  await turn();
  ask(3);
  fs.take();
  fs.held[0]!.reject(osError('EIO'));
  await turn();
  expect(told.toSorted()).toEqual(['p2 failed ERR_POISONED', 'p3 failed ERR_POISONED']);
  await turn();
  expect(fs.take()).toEqual([]);
  expect(log.commit.durableRevision).toBe(1);
});

test('commitNow during a background sync takes it over, in order, and each is told once', async () => {
  makeSlow();
  ask(2);
  await turn();
  ask(3);
  fs.take();
  log.commit.commitNow();
  expect(fs.take()).toEqual([
    'sync 0000000001.seg',
    expect.stringMatching(/^write/),
    'sync 0000000001.seg',
  ]);
  expect(told).toEqual(['p2 committed', 'p3 committed']);
  fs.held[0]!.reject(osError('EBADF'));
  await turn();
  expect(log.commit.failure).toBeUndefined();
  expect(told).toHaveLength(2);
  ask(4);
  await turn();
  expect(fs.held).toHaveLength(2);
});

/** A batch that goes on in a second segment, its background sync held at the first step. */
async function rollInBackground(): Promise<void> {
  Object.assign(limits, { segmentSizeBytesMin: 2048, zeroFillBytes: 1024 });
  open();
  makeSlow();
  transact(log, put(2, Buffer.alloc(1200)));
  ask(3);
  await turn();
  expect(fs.held).toHaveLength(1);
  expect(log.set.order).toHaveLength(2);
  fs.take();
}

test('after a failure a background job does not go on to install its manifest', async () => {
  await rollInBackground();
  fs.onCall = (call) => {
    if (call.startsWith('sync ')) throw osError('EIO');
  };
  expect(() => log.commit.commitNow()).toThrowError(/EIO/);
  fs.onCall = () => {};
  fs.take();
  fs.held[0]!.resolve();
  await turn();
  await turn();
  expect(fs.take()).toEqual([]);
  expect(told).toEqual(['p3 failed ERR_POISONED']);
});

test('a roll syncs data, names, manifest in the background, and only then tells', async () => {
  Object.assign(limits, { segmentSizeBytesMin: 2048, zeroFillBytes: 1024 });
  open();
  transact(log, put(2, Buffer.alloc(1420)));
  ask(3);
  await turn();
  expect(fs.take().filter((call) => !call.startsWith('write'))).toEqual([
    'create 0000000002.seg',
    'background 0000000001.seg',
    'background 0000000002.seg',
    'sync-directory',
    'create MANIFEST.tmp',
    'background MANIFEST.tmp',
    'rename MANIFEST.tmp MANIFEST',
    'sync-directory',
  ]);
  expect(told).toEqual(['p3 committed']);
});

test('requests made during a background sync are served after it, waiter or not', async () => {
  makeSlow();
  ask(2);
  await turn();
  transact(log, put(3, 'v'));
  log.commit.request();
  fs.held[0]!.resolve();
  await turn();
  expect(fs.held).toHaveLength(2);
});

test('interval: by time', () => {
  open({ sync: 'interval', batchIntervalMs: 100 });
  ask(2);
  clock.advance(60);
  ask(3);
  expect(fs.take()).toEqual([]);
  clock.advance(40);
  expect(fs.take()).toEqual([expect.stringMatching(/^write/), 'sync 0000000001.seg']);
  expect(told).toEqual(['p2 committed', 'p3 committed']);
});

test('interval: by count', () => {
  open({ sync: 'interval', batchLimit: 3 });
  ask(2);
  ask(3);
  expect(log.commit.durableRevision).toBe(0);
  ask(4);
  expect(fs.take()).toHaveLength(2);
  expect(log.commit.durableRevision).toBe(4);
});

test('interval: what falls due during a background sync is not forgotten', async () => {
  open({ sync: 'interval', batchLimit: 2 });
  makeSlow();
  transact(log, put(2, 'v'), { ...put(2, 'v'), sub: 1 });
  log.commit.request();
  expect(fs.held).toHaveLength(1);
  transact(log, put(3, 'v'));
  log.commit.request();
  clock.advance(1000);
  fs.held[0]!.resolve();
  await turn();
  expect(fs.held).toHaveLength(2);
});

test('never: written by interval, synced by flush only', async () => {
  open({ sync: 'never' });
  ask(2);
  clock.advance(100);
  expect(fs.take()).toEqual([expect.stringMatching(/^write/)]);
  expect(told).toEqual(['p2 committed']);
  expect(log.writer.durableSequence).toBe(0);
  await log.commit.flush();
  expect(fs.take()).toEqual(['sync 0000000001.seg']);
  await log.commit.flush();
  expect(fs.take()).toEqual([]);
});

test('flush after close is refused and does not hang', async () => {
  log.close();
  await expect(log.commit.flush()).rejects.toMatchObject({ code: 'ERR_CLOSED' });
});
