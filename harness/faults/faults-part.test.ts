/** A store survives whatever a disk does to it, and stores that do not are caught. */
import { describe, expect, test } from 'vitest';
import type { File, FileSystem } from '../../engine/vfs/index.ts';
import type { PartFailure } from '../crash/part.ts';
import { shrinkLimits } from '../stores/small-limits.ts';
import { faultsPart, faultsPartWith } from './faults-part.ts';

shrinkLimits();

const RUNS = 4;

test('a few runs are clean, and every sort of call is hit', async () => {
  const covered = new Map<string, number>();
  let judged = 0;
  for (let run = 0; run < RUNS; run++) {
    const result = await faultsPart.run({ seed: 5, run });
    expect(result.failure).toBeUndefined();
    judged += result.judged;
    for (const [sort, times] of result.covered) {
      covered.set(sort, (covered.get(sort) ?? 0) + times);
    }
  }
  expect(judged).toBeGreaterThan(40 * RUNS);
  const sorts = [...covered.keys()].join(', ');
  for (const kind of ['open', 'read', 'write', 'sync', 'rename', 'remove', 'list', 'syncdir']) {
    expect(sorts).toContain(`on ${kind}`);
  }
}, 60_000);

test('a place alone can be run again', async () => {
  const at = 'life/write:9+=EIO/power';
  const result = await faultsPart.run({ seed: 5, run: 0, at });
  expect(result).toEqual({ judged: 1, covered: [['EIO on write for ever', 1]] });
  await expect(faultsPart.run({ seed: 5, run: 0, at: 'life/write:9=EIO/late' })).rejects.toThrow(
    /^a place looks like/,
  );
});

/** Each failed before the store was mended: `docs/track-record.md` says what was wrong. */
test.each([
  [5, 1, 'life/sync:3@MANIFEST.tmp=EIO/close'],
  [5, 4, 'open/read:7=short:40/power'],
  [5, 28, 'life/rename:2+@CHECKPOINT*=EIO/kill'],
  [5, 4, 'life/list:14+=EMFILE/power'],
  [5, 4, 'life/call:81+=EMFILE/power'],
  [5, 0, 'life/write:28=EINTR/close'],
  [203389214, 11, 'life/write:13+=ENOSPC/close-power'],
  [65958373, 8, 'life/write:37=EDQUOT/close'],
])('seed %i, run %i survives %s', async (seed, run, at) => {
  const { judged, failure } = await faultsPart.run({ seed, run, at });
  expect(judged).toBe(1);
  expect(failure).toBeUndefined();
});

describe('the part catches', () => {
  test('a store that takes a failed write for a done one', async () => {
    const failure = await firstFailure((file) => ({
      writeAt: (source, position) => swallow(() => file.writeAt(source, position)),
    }));
    expect(failure?.problems.join('\n')).toMatch(WORDS_OF_LOSS);
  }, 60_000);

  test('a promise that nobody handles', async () => {
    const failure = await firstFailure((file) => ({
      sync: () => {
        setImmediate(() => void Promise.reject(new Error('astray')));
        file.sync();
      },
    }));
    expect(failure?.problems).toContain('nobody handles Error: astray');
  }, 60_000);

  test('a store that takes a failed sync for a done one', async () => {
    const failure = await firstFailure((file) => ({
      sync: () => swallow(() => file.sync()),
      syncInBackground: () => file.syncInBackground().catch(() => {}),
    }));
    expect(failure?.at).toMatch(/power/);
    expect(failure?.problems.join('\n')).toMatch(WORDS_OF_LOSS);
  }, 60_000);

  test('a store whose reads answer something else when they fail', async () => {
    const failure = await firstFailure((file) => ({
      readAt: (target, position) => {
        try {
          return file.readAt(target, position);
        } catch {
          return target.fill(0).length;
        }
      },
    }));
    expect(failure?.problems).toHaveLength(1);
  }, 60_000);
});

const WORDS_OF_LOSS = /on a sound disk|Acknowledged|Revealed|Prefix|Leases|should be/;

/** Of a store whose files behave like this. */
async function firstFailure(
  wrong: (file: File) => Partial<File>,
): Promise<PartFailure | undefined> {
  const part = faultsPartWith({ between: (fs) => withFiles(fs, wrong) });
  for (let run = 0; run < 2 * RUNS; run++) {
    const { failure } = await part.run({ seed: 5, run });
    if (failure !== undefined) return failure;
  }
  return undefined;
}

function withFiles(fs: FileSystem, wrong: (file: File) => Partial<File>): FileSystem {
  return {
    kind: 'wrong',
    open: (path, mode) => {
      const file = fs.open(path, mode);
      return { ...whole(file), ...wrong(file) };
    },
    rename: (source, target) => fs.rename(source, target),
    remove: (path) => fs.remove(path),
    removeInBackground: (path) => fs.removeInBackground(path),
    list: (directory) => fs.list(directory),
    makeDirectory: (directory) => fs.makeDirectory(directory),
    syncDirectory: (directory) => fs.syncDirectory(directory),
    lock: (path) => fs.lock(path),
  };
}

const whole = (file: File): File => ({
  path: file.path,
  size: () => file.size(),
  readAt: (target, position) => file.readAt(target, position),
  writeAt: (source, position) => file.writeAt(source, position),
  sync: () => file.sync(),
  syncInBackground: () => file.syncInBackground(),
  truncate: (size) => file.truncate(size),
  close: () => file.close(),
});

function swallow(run: () => void): void {
  try {
    run();
  } catch {
    // As if it had worked.
  }
}
