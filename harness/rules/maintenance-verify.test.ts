/** `verify`: says nothing of a sound store, whatever goes on, and something of any damage that matters. */
import { describe, expect, test } from 'vitest';
import { limits } from '../../engine/base/limits.ts';
import { type EmbeddedStore, open, verify } from '../../engine/index.ts';
import { type FileSystem, memoryFs } from '../../engine/vfs/index.ts';
import { bytesOf, flip } from './faulty-disk.ts';
import { eachStore, putAll, shown } from './stores.ts';

const SOUND = { ok: true, problems: [] };
const DIRECTORY = '/store';

// A store of a few hundred keys is worth a checkpoint here.
limits.checkpointBytesMin = 1;

eachStore((store) => {
  test('a sound store: empty, used, compacted, defragmented', async () => {
    expect(await store().verify()).toEqual(SOUND);
    await putAll(store(), 'a=1 b=1 a=2 c=1');
    await store().delete('b');
    await store().write((tx) => {
      tx.put('b', '2');
      tx.put('b', '3');
      tx.delete('c');
      tx.put('c', '4');
    });
    expect(await store().verify()).toEqual(SOUND);
    await store().compact(5, { physical: true });
    expect(await store().verify()).toEqual(SOUND);
    await store().defragment();
    expect(await store().verify()).toEqual(SOUND);
  });

  test('while the store is written, compacted and cleaned', async () => {
    await store().write((tx) => {
      for (let i = 0; i < 3000; i++) tx.put(`key${i}`, 'v'.repeat(i % 100));
    });
    const over = new AbortController();
    const busy = (async () => {
      for (let round = 0; !over.signal.aborted; round++) {
        await store().put(`key${round % 50}`, `round ${round}`);
        await store().delete({ prefix: `key${round % 90}` });
        if (round % 8 === 0) await store().compact(store().revision);
        if (round % 16 === 0) await store().defragment();
        // A store in memory answers without a turn of the event loop.
        await new Promise(setImmediate);
      }
    })();
    for (let look = 0; look < 3; look++) expect(await store().verify()).toEqual(SOUND);
    over.abort();
    await busy;
  });

  test('stops at the signal, and when the store closes', async () => {
    await store().write((tx) => {
      for (let i = 0; i < 5000; i++) tx.put(`key${i}`, '');
    });
    const controller = new AbortController();
    const aborted = store().verify({ signal: controller.signal });
    controller.abort(new Error('enough'));
    await expect(aborted).rejects.toThrow('enough');
    const overtaken = store().verify();
    await Promise.all([
      expect(overtaken).rejects.toMatchObject({ code: 'ERR_CLOSED' }),
      store().close(),
    ]);
  });
});

/** Several segments, deletes, a compaction, a checkpoint; closed cleanly. */
async function closedStore(): Promise<FileSystem> {
  const fs = memoryFs();
  const { segmentSizeBytesMin, checkpointRecordsMin } = limits;
  limits.segmentSizeBytesMin = 16 * 1024;
  limits.checkpointRecordsMin = 16;
  try {
    const store = await open(DIRECTORY, { fs, segmentSizeBytes: 16 * 1024 });
    for (let i = 0; i < 300; i++) await store.put(`key${i % 70}`, 'v'.repeat(i));
    await store.delete({ prefix: 'key1' });
    await store.compact(100, { physical: true });
    await store.close();
  } finally {
    Object.assign(limits, { segmentSizeBytesMin, checkpointRecordsMin });
  }
  return fs;
}

const filesOf = (fs: FileSystem): string[] =>
  fs.list(DIRECTORY).filter((name) => !name.startsWith('LOCK'));

async function contents(store: EmbeddedStore): Promise<string[]> {
  return shown((await store.range({ all: true })).kvs);
}

describe('a closed directory', () => {
  test('a sound one is found sound, and not changed', async () => {
    const fs = await closedStore();
    const before = filesOf(fs).map((name) => bytesOf(fs, `${DIRECTORY}/${name}`));
    expect(filesOf(fs)).toContain('CHECKPOINT');
    expect(filesOf(fs).length).toBeGreaterThan(4);
    expect(await verify(DIRECTORY, { fs })).toEqual(SOUND);
    const after = filesOf(fs).map((name) => bytesOf(fs, `${DIRECTORY}/${name}`));
    expect(after.every((bytes, i) => bytes.equals(before[i]!))).toBe(true);
  });

  test('a flipped bit is reported with file and offset, or lies where nothing is', async () => {
    const fs = await closedStore();
    const opened = await open(DIRECTORY, { fs, readOnly: true });
    const expected = await contents(opened);
    await opened.close();
    for (const name of filesOf(fs)) {
      const path = `${DIRECTORY}/${name}`;
      const bytes = bytesOf(fs, path);
      const end = bytes.findLastIndex((byte) => byte !== 0) + 1;
      const step = Math.max(1, Math.floor(bytes.length / 60));
      for (let at = 0; at < bytes.length; at += step) {
        flip(fs, path, at);
        const { ok, problems } = await verify(DIRECTORY, { fs });
        if (at < end) {
          expect(ok, `${name} at ${at}`).toBe(false);
          expect(problems[0]).toMatch(new RegExp(`^${path} at offset \\d+: .+`));
        } else if (ok) {
          const store = await open(DIRECTORY, { fs, readOnly: true });
          expect(await contents(store)).toEqual(expected);
          await store.close();
        }
        flip(fs, path, at);
      }
    }
  });

  test('a missing, a short and a foreign file are reported', async () => {
    const fs = await closedStore();
    const [first = '', second = ''] = filesOf(fs).filter((name) => name.endsWith('.seg'));
    const problemsAfter = async (change: () => void): Promise<string> => {
      change();
      const { ok, problems } = await verify(DIRECTORY, { fs });
      expect(ok).toBe(false);
      return problems.join('\n');
    };
    const rename = (from: string, to: string): void =>
      fs.rename(`${DIRECTORY}/${from}`, `${DIRECTORY}/${to}`);
    expect(await problemsAfter(() => rename(first, 'aside'))).toContain('the file is missing');
    expect(await problemsAfter(() => rename(second, first))).toMatch(
      /this is segment \d+ of store/,
    );
    rename(first, second);
    rename('aside', first);
    expect(await verify(DIRECTORY, { fs })).toEqual(SOUND);
    const file = fs.open(`${DIRECTORY}/${first}`, 'write');
    expect(await problemsAfter(() => file.truncate(2000))).toContain('the file ends here');
    file.close();
  });

  test('a checkpoint that contradicts the log is found out, though its checksums are right', async () => {
    const fs = await closedStore();
    const other = memoryFs();
    // Another history of the same length in the same store: its id is drawn from `random`.
    for (const [disk, value] of [
      [fs, 'a'],
      [other, 'b'],
    ] as const) {
      const directory = '/twin';
      const store = await open(directory, { fs: disk, random: () => 0.5 });
      await store.write((tx) => {
        for (let i = 0; i < limits.checkpointRecordsMin; i++) tx.put(`${value}${i}`, value);
      });
      await store.close();
    }
    const checkpoint = bytesOf(other, '/twin/CHECKPOINT');
    fs.remove('/twin/CHECKPOINT');
    const file = fs.open('/twin/CHECKPOINT', 'create');
    file.writeAt(checkpoint, 0);
    file.close();
    const { ok, problems } = await verify('/twin', { fs });
    expect(ok).toBe(false);
    expect(problems[0]).toContain('the index has no such key');
    expect(problems).toHaveLength(101);
    expect(problems.at(-1)).toMatch(/^and \d+ more$/);
  });

  test('one that is open, and none at all, are refused', async () => {
    const fs = await closedStore();
    const store = await open(DIRECTORY, { fs });
    await expect(verify(DIRECTORY, { fs })).rejects.toMatchObject({ code: 'ERR_LOCKED' });
    await store.close();
    const code = 'ERR_NOT_FOUND';
    await expect(verify('/none', { fs })).rejects.toMatchObject({ code });
    fs.makeDirectory('/empty');
    await expect(verify('/empty', { fs })).rejects.toMatchObject({ code });
    await expect(verify('', { fs })).rejects.toMatchObject({ code: 'ERR_INVALID_ARGUMENT' });
  });
});

test('an open store reports what became of its files', async () => {
  const fs = await closedStore();
  const store = await open(DIRECTORY, { fs });
  // Afterwards nothing is rewritten behind our back.
  await store.defragment();
  // The active segment got its id before the one that was rewritten.
  const first = filesOf(fs).findLast((name) => name.endsWith('.seg'));
  flip(fs, `${DIRECTORY}/${first}`, 1000);
  const { ok, problems } = await store.verify();
  expect(ok).toBe(false);
  expect(problems[0]).toContain(`${DIRECTORY}/${first} at offset`);
  flip(fs, `${DIRECTORY}/${first}`, 1000);
  expect(await store.verify()).toEqual(SOUND);
  await store.close();
});
