/** Power cuts while a store is made of something else: at any call, keeping any part of what was not synced. */
import { expect } from 'vitest';
import { PowerFs } from '../log/power.testing.ts';
import type { FileSystem } from '../vfs/index.ts';
import { verifyDirectory } from './verify-directory.ts';

export const SOURCE = '/copy';
const DIRECTORY = '/restored';
const REPEATS = 4;

export interface MakeOptions {
  readonly fs: FileSystem;
  readonly random: () => number;
  /** Small, so that there are several. */
  readonly segmentSizeBytes: number;
}

/** Makes a store in `directory` of the file SOURCE. */
export type Make = (directory: string, options: MakeOptions) => Promise<{ revision: number }>;

/**
 * There is no store, or a sound one; and the next attempt goes through. `changes`: more than a store of this
 * file takes, so that some attempts end before the cut.
 */
export async function survivesPowerCuts(
  sources: FileSystem,
  revision: number,
  changes: number,
  make: Make,
): Promise<void> {
  const random = sequence(7587);
  const outcomes = new Set<string>();
  for (let turn = 0; turn < changes * REPEATS; turn++) {
    const power = new PowerFs();
    const fs = cutting(sources, power, Math.trunc(turn / REPEATS));
    const options = { random, segmentSizeBytes: 8192 };
    const finished = await make(DIRECTORY, { ...options, fs }).then(
      () => true,
      () => false,
    );
    const after = cutting(sources, power.powerCut(random), Number.POSITIVE_INFINITY);
    const found = await verifyDirectory(DIRECTORY, { fs: after }).then(
      ({ ok, problems }) => (ok ? 'sound' : problems.join('\n')),
      (error: { code?: string }) => String(error.code),
    );
    outcomes.add(found);
    if (finished) expect(found).toBe('sound');
    if (found === 'sound') continue;
    expect(found).toMatch(/^ERR_(NOT_FOUND|INVALID_ARGUMENT)$/);
    expect(await make(DIRECTORY, { ...options, fs: after })).toMatchObject({ revision });
    expect(await verifyDirectory(DIRECTORY, { fs: after })).toEqual({ ok: true, problems: [] });
  }
  expect([...outcomes].toSorted()).toEqual(['ERR_INVALID_ARGUMENT', 'ERR_NOT_FOUND', 'sound']);
}

function sequence(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return state / 2 ** 32;
  };
}

/** What is restored is on a disk that stays, the directory on one that loses power at the n-th change. */
function cutting(sources: FileSystem, power: PowerFs, n: number): FileSystem {
  let calls = 0;
  const change = (): void => {
    if (calls++ >= n) throw new Error('the power is gone');
  };
  return {
    kind: 'cutting',
    open(path, mode) {
      if (path === SOURCE) return sources.open(path, mode);
      if (mode === 'create') change();
      const file = power.open(path, mode);
      return {
        path,
        size: () => file.size(),
        readAt: (target, position) => file.readAt(target, position),
        writeAt: (source, position) => {
          change();
          file.writeAt(source, position);
        },
        sync: () => {
          change();
          file.sync();
        },
        syncInBackground: async () => {
          change();
          await file.syncInBackground();
        },
        truncate: () => file.truncate(0),
        close: () => file.close(),
      };
    },
    rename(source, target) {
      change();
      power.rename(source, target);
    },
    remove(path) {
      change();
      power.remove(path);
    },
    removeInBackground: async (path) => power.remove(path),
    list: () => power.list(),
    makeDirectory: () => power.makeDirectory(),
    syncDirectory() {
      change();
      power.syncDirectory();
    },
    lock: () => power.lock(),
  };
}
