/** Compaction that nobody asks for, and the space that comes back by itself. */
import { afterEach, describe, expect, test } from 'vitest';
import { limits } from '../../engine/base/limits.ts';
import { type EmbeddedStore, open, openMemory } from '../../engine/index.ts';
import { type FileSystem, memoryFs } from '../../engine/vfs/index.ts';
import { SteppedClock } from '../stores/stepped-clock.ts';

const initial = { ...limits };
afterEach(() => void Object.assign(limits, initial));

async function put(store: EmbeddedStore, times: number): Promise<void> {
  for (let i = 0; i < times; i++) await store.put('key', `${i}`);
}

describe('by revision', () => {
  test('keeps at least so many, and looks at intervals', async () => {
    const clock = new SteppedClock();
    await using store = await openMemory({ clock, autoCompaction: { mode: 'revision', keep: 20 } });
    await put(store, 19);
    clock.advance(60_000);
    expect(store.compactRevision).toBe(-1);
    await put(store, 31);
    expect(store.compactRevision).toBe(-1);
    clock.advance(limits.autoCompactionCheckMs);
    expect([store.revision, store.compactRevision]).toEqual([51, 31]);
  });

  test('a job for a single revision is not worth it: it waits for a tenth of what is kept', async () => {
    const clock = new SteppedClock();
    await using store = await openMemory({ clock, autoCompaction: { mode: 'revision', keep: 50 } });
    await put(store, 53);
    clock.advance(60_000);
    expect(store.compactRevision).toBe(-1);
    await put(store, 1);
    clock.advance(60_000);
    expect([store.revision, store.compactRevision]).toEqual([55, 5]);
  });

  test('while a snapshot holds the last job back there is no next one', async () => {
    const clock = new SteppedClock();
    await using store = await openMemory({ clock, autoCompaction: { mode: 'revision', keep: 5 } });
    await put(store, 9);
    const snapshot = await store.snapshot({ revision: 3 });
    clock.advance(60_000);
    expect(store.compactRevision).toBe(5);
    await put(store, 10);
    clock.advance(60_000);
    expect(store.compactRevision).toBe(5);
    expect((await snapshot.get('key'))?.text()).toBe('1');
    await snapshot[Symbol.asyncDispose]();
    for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
    clock.advance(60_000);
    expect(store.compactRevision).toBe(15);
  });
});

test('by time: nothing is forgotten before its retention is over, and then it is', async () => {
  const clock = new SteppedClock();
  await using store = await openMemory({
    clock,
    autoCompaction: { mode: 'periodic', retentionMs: 10_000 },
  });
  await put(store, 5);
  clock.advance(9_000);
  await put(store, 5);
  // The first five were there at the look after one second; they are old enough after ten more.
  clock.advance(1_500);
  expect(store.compactRevision).toBe(-1);
  clock.advance(1_000);
  expect([store.revision, store.compactRevision]).toEqual([11, 6]);
  // While the job is under way time goes on, and the next one is not forgotten.
  clock.advance(60_000);
  expect(store.compactRevision).toBe(6);
  for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
  clock.advance(1_000);
  expect([store.revision, store.compactRevision]).toEqual([11, 11]);
});

test.each([
  [{ mode: 'revision', keep: 0 }],
  [{ mode: 'revision' }],
  [{ mode: 'periodic', retentionMs: -1 }],
  [{ mode: 'hourly' }],
  ['revision'],
])('%o is refused', async (policy) => {
  const autoCompaction = policy as { mode: 'revision'; keep: number };
  await expect(openMemory({ autoCompaction })).rejects.toMatchObject({
    code: 'ERR_INVALID_ARGUMENT',
    message: expect.stringContaining('autoCompaction') as string,
  });
});

test('space comes back without anybody asking, and the file system sees it', async () => {
  Object.assign(limits, {
    segmentSizeBytesMin: 16 * 1024,
    zeroFillBytes: 4096,
    autoCompactionCheckMs: 1,
  });
  const fs = memoryFs();
  const options = { fs, autoCompaction: { mode: 'revision', keep: 10 } } as const;
  await using store = await open('/store', options);
  for (let i = 0; i < 2000; i++) await store.put(`key${i % 5}`, 'v'.repeat(500));
  // A megabyte was written; of a few kilobytes that live, and of the segment in use, no more is left.
  let bytes = bytesOnDisk(fs);
  for (let turn = 0; turn < 500 && bytes > 64 * 1024; turn++) {
    await new Promise((resolve) => setTimeout(resolve, 2));
    bytes = bytesOnDisk(fs);
  }
  expect(bytes).toBeLessThanOrEqual(64 * 1024);
  expect((await store.status()).sizeBytes).toBeLessThanOrEqual(64 * 1024);
  expect(await store.verify()).toEqual({ ok: true, problems: [] });
});

/** Of all segments, whether the log consists of them or not, and of files kept for the next ones. */
function bytesOnDisk(fs: FileSystem): number {
  let bytes = 0;
  for (const name of fs.list('/store')) {
    if (!name.includes('.seg')) continue;
    const file = fs.open(`/store/${name}`, 'read');
    bytes += file.size();
    file.close();
  }
  return bytes;
}
