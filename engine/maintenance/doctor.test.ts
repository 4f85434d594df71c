/** Diagnosis: what a crash left, what the next open does, what is damaged; and that nothing is changed. */
import { describe, expect, test } from 'vitest';
import type { Diagnosis } from '../types.ts';
import { type FileSystem, memoryFs } from '../vfs/index.ts';
import { ownerOfThisProcess } from '../vfs/lock-owner.ts';
import { diagnoseDirectory } from './doctor.ts';
import {
  breakFrame,
  bytesOf,
  change,
  DIRECTORY,
  filledStore,
  framesOf,
  image,
  namesOf,
  openStore,
} from './salvage.testing.ts';

async function diagnose(fs: FileSystem): Promise<Diagnosis> {
  const before = image(fs);
  const diagnosis = await diagnoseDirectory(DIRECTORY, { fs });
  expect(image(fs)).toEqual(before);
  return diagnosis;
}

const textOf = ({ sentences }: Diagnosis): string => sentences.join('\n');

function write(fs: FileSystem, name: string, content: Uint8Array = Buffer.from('x')): void {
  const file = fs.open(`${DIRECTORY}/${name}`, 'create');
  file.writeAt(content, 0);
  file.close();
}

describe('nothing to do', () => {
  test('closed cleanly', async () => {
    const { fs } = await filledStore();
    const diagnosis = await diagnose(fs);
    expect(diagnosis).toMatchObject({ state: 'sound', opens: true, closedCleanly: true });
    expect(diagnosis).toMatchObject({ revision: 91, checkpoint: 'used', damage: [] });
    expect(textOf(diagnosis)).toContain('sound: there is nothing to do');
  });
});

describe('what the next open deals with', () => {
  test('a kill', async () => {
    const { fs } = await filledStore({ isKilled: true });
    const diagnosis = await diagnose(fs);
    expect(diagnosis).toMatchObject({ state: 'recoverable', opens: true, closedCleanly: false });
    expect(diagnosis.tornTail).toBeUndefined();
    expect(textOf(diagnosis)).toContain('without the mark of a clean close');
  });

  test('a torn write, with its place and what goes', async () => {
    const { fs } = await filledStore({ isKilled: true });
    const last = framesOf(fs).at(-1)!;
    breakFrame(fs, last);
    const diagnosis = await diagnose(fs);
    expect(diagnosis).toMatchObject({ state: 'recoverable', opens: true });
    expect(diagnosis).toMatchObject({
      revision: last.firstRevision - 1,
      lastFrame: last.sequence - 1,
      tornTail: { file: last.path, frames: 0 },
    });
    expect(diagnosis.tornTail!.bytes).toBeGreaterThan(48);
    expect(textOf(diagnosis)).toContain(
      `the log ends here, after frame ${last.sequence - 1} (revision ${last.firstRevision - 1})`,
    );
    const store = await openStore(fs, DIRECTORY, true);
    expect(store.kv.rev()).toBe(diagnosis.revision);
    await store.close();
  });

  test('a compaction that was scheduled', async () => {
    const { fs } = await filledStore({
      more: async (_scribe, { kv, flush }) => {
        kv.compact(30);
        await flush();
      },
    });
    const diagnosis = await diagnose(fs);
    expect(diagnosis).toMatchObject({ state: 'recoverable', unfinishedCompaction: 30 });
    expect(textOf(diagnosis)).toContain('a compaction at revision 30');
  });

  test('files that are no part of the store', async () => {
    const { fs } = await filledStore();
    const leftovers = ['CHECKPOINT.old', 'MANIFEST.tmp', '0000000099.seg'];
    for (const name of leftovers) write(fs, name);
    const diagnosis = await diagnose(fs);
    expect(diagnosis.state).toBe('recoverable');
    expect(diagnosis.leftovers.toSorted()).toEqual(leftovers.toSorted());
    await (await openStore(fs, DIRECTORY)).close();
    expect(namesOf(fs).filter((name) => leftovers.includes(name))).toEqual([]);
    expect((await diagnose(fs)).state).toBe('sound');
  });

  test('a lock that nobody holds, and not one that somebody does', async () => {
    const { fs } = await filledStore();
    const owner = { ...ownerOfThisProcess(), pid: 0x7ffffff0, startTime: 1 };
    write(fs, 'LOCK', Buffer.from(`${JSON.stringify(owner)}\n`));
    expect(await diagnose(fs)).toMatchObject({ state: 'recoverable', staleLock: true });
    const lock = fs.lock(`${DIRECTORY}/LOCK`);
    fs.remove(`${DIRECTORY}/LOCK`);
    await expect(diagnose(fs)).rejects.toMatchObject({ code: 'ERR_LOCKED' });
    lock.release();
  });

  test('a creation that was interrupted', async () => {
    const fs = memoryFs();
    await (await openStore(fs, DIRECTORY)).close();
    fs.remove(`${DIRECTORY}/MANIFEST`);
    for (const name of namesOf(fs)) {
      change(fs, `${DIRECTORY}/${name}`, (bytes) => void bytes.fill(0, 512));
    }
    const diagnosis = await diagnose(fs);
    expect(diagnosis).toMatchObject({ state: 'recoverable', opens: true });
    expect(textOf(diagnosis)).toContain('begins anew');
  });

  test('a restore that was interrupted: not by opening', async () => {
    const fs = memoryFs();
    fs.makeDirectory(DIRECTORY);
    write(fs, 'RESTORE-UNFINISHED');
    const diagnosis = await diagnose(fs);
    expect(diagnosis).toMatchObject({ state: 'recoverable', opens: false });
    expect(textOf(diagnosis)).toContain('a restore into it was interrupted');
  });
});

describe('checkpoints', () => {
  test('absent, damaged, outdated', async () => {
    const { fs } = await filledStore();
    const path = `${DIRECTORY}/CHECKPOINT`;
    const whole = bytesOf(fs, path);
    change(fs, path, (bytes) => void (bytes[bytes.length >> 1]! ^= 1));
    expect(await diagnose(fs)).toMatchObject({ state: 'sound', checkpoint: 'damaged' });
    fs.remove(path);
    expect(await diagnose(fs)).toMatchObject({ state: 'sound', checkpoint: 'absent' });
    const store = await openStore(fs, DIRECTORY);
    await store.clean();
    await store.close();
    if (namesOf(fs).includes('CHECKPOINT')) fs.remove(path);
    write(fs, 'CHECKPOINT', whole);
    const outdated = await diagnose(fs);
    expect(outdated).toMatchObject({ opens: true, checkpoint: 'outdated' });
    expect(textOf(outdated)).toContain('older than a rewrite of the log');
  });
});

describe('damage', () => {
  test('is told with its place and its revisions; open refuses', async () => {
    const { fs } = await filledStore();
    fs.remove(`${DIRECTORY}/CHECKPOINT`);
    const frame = framesOf(fs)[10]!;
    breakFrame(fs, frame);
    const diagnosis = await diagnose(fs);
    expect(diagnosis).toMatchObject({ state: 'damaged', opens: false });
    expect(diagnosis.damage).toEqual([
      {
        file: frame.path,
        offset: expect.any(Number),
        bytes: expect.any(Number),
        frames: { from: frame.sequence, to: frame.sequence },
        revisions: { from: frame.firstRevision, to: frame.firstRevision },
        text: expect.stringContaining(`frame ${frame.sequence} is lost (damaged)`),
      },
    ]);
    expect(textOf(diagnosis)).toContain(`varve repair ${DIRECTORY} --salvage`);
    await expect(openStore(fs, DIRECTORY, true)).rejects.toMatchObject({ code: 'ERR_CORRUPT' });
  });

  test('below a checkpoint does not keep the store from opening', async () => {
    const { fs } = await filledStore();
    breakFrame(fs, framesOf(fs)[10]!);
    expect(await diagnose(fs)).toMatchObject({ state: 'damaged', opens: true });
    await (await openStore(fs, DIRECTORY, true)).close();
  });

  test('of the manifest, of a header, of everything', async () => {
    const { fs } = await filledStore();
    const [segment = ''] = namesOf(fs);
    change(fs, `${DIRECTORY}/${segment}`, (bytes) => void (bytes[3]! ^= 1));
    const header = await diagnose(fs);
    expect(header).toMatchObject({ state: 'damaged', opens: false });
    expect(textOf(header)).toContain(`${segment} at offset 0: the segment header is damaged`);
    fs.remove(`${DIRECTORY}/MANIFEST`);
    expect(textOf(await diagnose(fs))).toContain('MANIFEST at offset 0: the file is missing');
    for (const name of namesOf(fs)) {
      change(fs, `${DIRECTORY}/${name}`, (bytes) => void bytes.fill(7));
    }
    expect(await diagnose(fs)).toMatchObject({ state: 'damaged', opens: false, lastFrame: 0 });
  });
});

test('where nothing is, that is said', async () => {
  const fs = memoryFs();
  fs.makeDirectory(DIRECTORY);
  await expect(diagnose(fs)).rejects.toMatchObject({ code: 'ERR_NOT_FOUND' });
  await expect(diagnoseDirectory('', { fs })).rejects.toMatchObject({
    code: 'ERR_INVALID_ARGUMENT',
  });
});
