/** Changes of what the log consists of: in the commit queue, alone, once. */
import { afterEach, expect, test } from 'vitest';
import { VarveError } from '../base/errors.ts';
import type { File } from '../vfs/fs.ts';
import type { Log } from './log.ts';
import {
  emptyFs,
  FakeClock,
  openLog,
  put,
  resetLimits,
  transact,
  turn,
  WatchedFs,
} from './log.testing.ts';

afterEach(resetLimits);

function open(clock = new FakeClock()): { readonly fs: WatchedFs; readonly log: Log } {
  const fs = new WatchedFs(emptyFs());
  const { log } = openLog(fs, { clock });
  fs.take();
  return { fs, log };
}

test('a change runs once, behind what was appended before it', async () => {
  const clock = new FakeClock();
  const { fs, log } = open(clock);
  // The first sync takes long, so that everything after it goes to the background.
  fs.onCall = (call) => {
    if (call.startsWith('sync ')) clock.advance(50);
  };
  transact(log, put(2, 'slow'));
  log.commit.commitNow();
  fs.onCall = () => {};
  fs.holds = true;
  transact(log, put(3, 'under way'));
  log.commit.request();
  await turn();
  expect(fs.held).toHaveLength(1);

  transact(log, put(4, 'before the change'));
  const seen: number[] = [];
  const change = log.commit.change(function* (): Generator<File, void, void> {
    seen.push(log.commit.durableRevision);
    yield log.set.active.file;
  });
  for (let turns = 0; turns < 10; turns++) {
    fs.held.shift()?.resolve();
    await turn();
  }
  await change;
  expect(seen).toEqual([3]);
  expect(log.commit.durableRevision).toBe(4);
});

test('a change without space changes nothing; any other failure is final', async () => {
  const { log } = open();
  const full = log.commit.change(() => {
    throw new VarveError('ERR_NO_SPACE', 'full');
  });
  await expect(full).rejects.toThrow('full');
  expect(log.commit.failure).toBeUndefined();
  const broken = log.commit.change(() => {
    throw new Error('broken');
  });
  await expect(broken).rejects.toThrow('broken');
  expect(log.commit.failure).toBeDefined();
  await expect(log.commit.change(function* () {})).rejects.toThrow('broken');
});
