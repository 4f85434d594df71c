/** No crash takes back what a watch has shown; and how watches end when the store does. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { limits } from '../../engine/base/limits.ts';
import { type EmbeddedStore, open, type WatchBatch } from '../../engine/index.ts';
import { memoryFs } from '../../engine/vfs/index.ts';
import { putAll } from './stores.ts';
import { HeldDisk, settled, takeAll, takeEvents } from './watching.ts';

const usual = { ...limits };
let disk: HeldDisk;
let store: EmbeddedStore;

beforeEach(async () => {
  limits.syncInPlaceMsMax = -1;
  disk = new HeldDisk();
  store = await open('/store', { fs: disk });
});
afterEach(async () => {
  Object.assign(limits, usual);
  disk.release();
  await store.close().catch(() => undefined);
});

/** Whether it is done by now. */
async function isDone(work: Promise<unknown>): Promise<boolean> {
  let done = false;
  void work.then(() => (done = true));
  await settled();
  return done;
}

test('an event comes when it is durable, live or read from the log; ready waits as long', async () => {
  await putAll(store, 'a=1');
  const live = takeEvents(store.watch('a'), 1);
  disk.hold();
  const put = store.put('a', '2');
  const watch = store.watch('a', { startRevision: 2 });
  const past = takeEvents(watch, 2);
  expect(await isDone(Promise.race([live, past, put, watch.ready]))).toBe(false);
  expect([store.revision, store.durableRevision]).toEqual([3, 2]);
  disk.release();
  expect([await live, await past, await watch.ready]).toEqual([
    ['3 put a=2'],
    ['2 put a=1', '3 put a=2'],
    3,
  ]);
  await put;
});

test('whoever waits for a put has its event by then', async () => {
  const order: string[] = [];
  const watch = takeEvents(store.watch('a'), 1).then(() => order.push('event'));
  await store.put('a', '1').then(() => settled().then(() => order.push('put')));
  await watch;
  expect(order).toEqual(['event', 'put']);
});

test.each(['interval', 'never'] as const)("with sync '%s' it comes at once", async (sync) => {
  const fs = new HeldDisk();
  const other = await open('/store', { fs, sync });
  const watch = other.watch('a');
  fs.hold();
  await other.put('a', '1');
  expect(await takeEvents(watch, 1)).toEqual(['2 put a=1']);
  fs.release();
  await other.close();
});

test('what is read before it is durable comes whole and in order, though the buffer is full', async () => {
  await putAll(store, 'a=0');
  limits.watchRevisionsPerRound = 2;
  disk.hold();
  const puts = Array.from({ length: 9 }, (_, i) => store.put('a', String(i + 1)));
  const watch = store.watch('a', { startRevision: 2, bufferEvents: 1 });
  const batches = watch.batches();
  const first = batches.next();
  expect(await isDone(first)).toBe(false);
  disk.release();
  const seen: number[] = [];
  const add = ({ value }: { value?: WatchBatch }): unknown =>
    seen.push(...value!.events.map(({ revision }) => revision));
  add(await first);
  while (seen.at(-1)! < 11) add(await batches.next());
  expect(seen).toEqual([2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
  await Promise.all(puts);
});

test('a live event that finds the buffer full of what is not durable yet overtakes nothing', async () => {
  await putAll(store, 'a=0');
  disk.hold();
  const puts = [store.put('x', 'its sync is under way')];
  await settled();
  // Both of these go with the next one. The first is read from the log before it is made.
  puts.push(store.put('a', '1'));
  const watch = store.watch('a', { startRevision: 2, bufferEvents: 1 });
  const told = takeEvents(watch, 3);
  await settled();
  puts.push(store.put('a', '2'));
  await settled();
  disk.release();
  expect(await told).toEqual(['2 put a=0', '4 put a=1', '5 put a=2']);
  await Promise.all(puts);
});

test('revision says what was told, not what waits to be', async () => {
  const watch = store.watch({ all: true });
  const iterator = watch[Symbol.asyncIterator]();
  const next = iterator.next();
  const seen = new Set<number>();
  disk.hold();
  const written = store.write((tx) => {
    tx.put('a', '1');
    tx.put('b', '1');
  });
  await settled();
  disk.release();
  for (let turn = 0; turn < 50; turn++) {
    seen.add(watch.revision);
    await Promise.resolve();
  }
  await Promise.all([next, written]);
  expect([seen, watch.revision]).toEqual([new Set([1]), 1]);
  await iterator.next();
  expect(watch.revision).toBe(2);
});

test('a failed disk ends every watch with the cause, and shows nothing that did not become durable', async () => {
  await putAll(store, 'a=1');
  const buffers = store.watch('a');
  await buffers.ready;
  await putAll(store, 'a=2');
  const waits = takeAll(store.watch('a'));
  const reads = store.watch('a', { startRevision: 2, progress: true });
  disk.onCall = (call) => {
    if (call.startsWith('sync')) throw new Error('the disk is gone');
  };
  await expect(store.put('a', '3')).rejects.toMatchObject({ code: 'ERR_POISONED' });
  const poisoned = { code: 'ERR_POISONED' };
  expect(await waits).toMatchObject({ told: [], error: poisoned });
  expect(await takeAll(buffers)).toMatchObject({ told: ['3 put a=2'], error: poisoned });
  expect((await takeAll(reads)).error).toMatchObject(poisoned);
  const late = store.watch('a');
  await expect(late.ready).rejects.toMatchObject(poisoned);
  expect((await takeAll(late)).error).toMatchObject(poisoned);
});

test('a watch is told of a failure though nothing was written that it could have waited for', async () => {
  await putAll(store, 'a=1');
  const idle = takeAll(store.watch('b'));
  await settled();
  disk.onCall = (call) => {
    if (call.startsWith('sync')) throw new Error('the disk is gone');
  };
  await expect(store.defragment()).rejects.toMatchObject({ code: 'ERR_POISONED' });
  expect(await idle).toMatchObject({ told: [], error: { code: 'ERR_POISONED' } });
});

test('a watch that is not ready yet when the disk fails is rejected, heard or not', async () => {
  disk.hold();
  const put = store.put('a', '1').catch((error: unknown) => error);
  const watch = store.watch('a');
  store.watch('a', { startRevision: 1 });
  await settled();
  disk.onCall = () => {
    throw new Error('the disk is gone');
  };
  disk.release();
  await expect(watch.ready).rejects.toMatchObject({ code: 'ERR_POISONED' });
  expect(await put).toMatchObject({ code: 'ERR_POISONED' });
  await settled();
  expect((await takeAll(watch)).told).toEqual([]);
});

test('a read-only store tells its history, and then waits', async () => {
  const fs = memoryFs();
  const writer = await open('/other', { fs });
  await putAll(writer, 'a=1 a=2');
  await writer.close();
  const reader = await open('/other', { fs, readOnly: true });
  const watch = reader.watch('a', { startRevision: 1 });
  expect([await watch.ready, await takeEvents(watch, 2)]).toEqual([3, ['2 put a=1', '3 put a=2']]);
  const next = watch.batches().next();
  expect(await isDone(next)).toBe(false);
  watch.requestProgress();
  expect((await next).value).toMatchObject({ revision: 3, progress: true });
  await reader.close();
});

test('a watch goes on in another session where this one left it', async () => {
  await putAll(store, 'a=1 a=2 a=3');
  const watch = store.watch('a', { startRevision: 1 });
  expect(await takeEvents(watch, 2)).toEqual(['2 put a=1', '3 put a=2']);
  const { revision } = watch;
  await store.close();
  store = await open('/store', { fs: disk });
  const again = store.watch('a', { startRevision: revision + 1 });
  expect(await takeEvents(again, 1)).toEqual(['4 put a=3']);
});
