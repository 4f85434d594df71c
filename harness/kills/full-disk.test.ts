/**
 * A disk that is full: writes are refused, everything acknowledged stays and can be read, and when there is room
 * again the store goes on. On a real file system where one may be mounted, and on one with a quota everywhere.
 */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { open, type OpenOptions } from '../../engine/index.ts';
import { patiently } from '../conformance/audit.ts';
import { fill } from './filling.ts';
import { codeOfRefusal, Filler } from './full-disk.testing.ts';
import { judge, problemsOf } from './judge.ts';
import { childProgram } from './process.ts';
import { killShape } from './round.ts';
import { type DiskKind, mountRefusal, type SmallDisk, smallDisk } from './small-disk.ts';

const DISK_BYTES = 2 ** 21;
const BALLAST_BYTES = 1_200_000;
const options: OpenOptions = { ...killShape, segmentSizeBytes: 2 ** 16 };
const random = (): number => 0.5;

const refusal = mountRefusal();
// oxlint-disable-next-line no-console -- whoever reads the log of a run should know what it did not run
if (refusal !== undefined) console.log(`no real disk is filled, one with a quota is: ${refusal}`);
const kinds: readonly DiskKind[] = refusal === undefined ? ['tmpfs', 'quota'] : ['quota'];

/** Compiling takes its time. */
beforeAll(childProgram, 120_000);

describe.each(kinds)('on a full disk (%s)', (kind) => {
  let disk: SmallDisk;
  afterEach(() => disk.dispose());

  test('writes are refused, nothing is lost, and with room again it goes on', async () => {
    disk = smallDisk(kind, DISK_BYTES);
    disk.fillUp(BALLAST_BYTES);
    const { directory, fs } = disk;
    let store = await open(directory, { ...options, fs });
    const filler = new Filler();
    try {
      const codes = await filler.fill(store);
      expect(allowed(codes)).toEqual([]);
      expect(await problemsOf(store, filler.before, random)).toEqual([]);
      const target = join(dirname(directory), 'backup');
      expect(await codeOfRefusal(store.backup(target))).toBe('ERR_NO_SPACE');
      expect(existsSync(target) || existsSync(`${target}.tmp`)).toBe(false);

      disk.makeRoom();
      if (codes.has('ERR_POISONED')) {
        await store.close();
        store = await open(directory, { ...options, fs });
        expect(await problemsOf(store, filler.before, random)).toEqual([]);
        filler.recovered(store);
      }
      expect(await filler.putSeveral(store)).toEqual([]);

      const before = bytesIn(directory);
      await filler.deleteAndCompact(store);
      expect(bytesIn(directory)).toBeLessThan(before / 4);
      disk.fillUp(BALLAST_BYTES);
      for (let i = 0; i < 20; i++) expect(await filler.putSeveral(store)).toEqual([]);
      disk.makeRoom();
    } finally {
      await store.close();
    }
    const init = { directory, options: { ...options, fs }, before: filler.before, random };
    expect((await judge({ ...init, thorough: true })).problems).toEqual([]);
  });

  test('who is killed there loses nothing', async () => {
    disk = smallDisk(kind, DISK_BYTES);
    disk.fillUp(BALLAST_BYTES);
    const { directory, fs, quota } = disk;
    const moment = { phase: 'refused', nth: 3, ms: 0 } as const;
    const { before, answers, problems } = await fill({
      directory,
      options,
      quota,
      moment,
      past: [],
      puts: 3000,
      valueBytes: 1500,
    });
    expect(problems).toEqual([]);
    expect(answers.get('')).toBeGreaterThan(100);
    expect(allowed(answers.keys())).toEqual(['']);
    // Not even a lock may find room.
    const code = await codeOfRefusal(
      open(directory, { ...options, fs }).then((store) => store.close()),
    );
    expect([undefined, 'ERR_NO_SPACE']).toContain(code);
    disk.makeRoom();
    const init = { directory, options: { ...options, fs }, before, random };
    expect((await patiently(judge({ ...init, thorough: true }))).problems).toEqual([]);
  });
});

test('a store that forgets what it had acknowledged is told of', async () => {
  const disk = smallDisk('quota', DISK_BYTES);
  const store = await open(disk.directory, { ...options, fs: disk.fs });
  try {
    const filler = new Filler();
    await filler.putSeveral(store);
    const { before } = filler;
    const more = { ...before, acknowledged: before.acknowledged + 1 };
    expect(await problemsOf(store, more, random)).not.toEqual([]);
  } finally {
    await store.close();
    disk.dispose();
  }
});

/** Of these, what a full disk does not explain. After ERR_POISONED the store has to be opened again. */
function allowed(codes: Iterable<string>): string[] {
  return [...codes].filter((code) => code !== 'ERR_NO_SPACE' && code !== 'ERR_POISONED');
}

function bytesIn(directory: string): number {
  return readdirSync(directory)
    .map((name) => statSync(join(directory, name)).size)
    .reduce((sum, size) => sum + size, 0);
}
