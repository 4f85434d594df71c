/** R80-R89b: compaction. */
import { expect, test } from 'vitest';
import { limits } from '../../engine/base/limits.ts';
import { type EmbeddedStore, open, openMemory } from '../../engine/index.ts';
import { type FileSystem, memoryFs } from '../../engine/vfs/index.ts';
import { eachStore, expectRefused, keys, life, putAll, shown } from './stores.ts';

const COMPACTED = 'etcdserver: mvcc: required revision has been compacted';
const FUTURE = 'etcdserver: mvcc: required revision is a future revision';

const LONG = 'v'.repeat(1000);

async function events(store: EmbeddedStore, from = 0): Promise<string[]> {
  const shown: string[] = [];
  for await (const { type, kv, revision } of store.history({ all: true }, { from })) {
    shown.push(`${revision} ${type} ${kv.key}${type === 'put' ? `=${kv.text()}` : ''}`);
  }
  return shown;
}

eachStore((store) => {
  const compact = (revision: number): Promise<void> =>
    store().compact(revision, { physical: true });

  test('R80 not again, not below, not what is still to come; 0 once on a fresh store', async () => {
    expect(store().compactRevision).toBe(-1);
    await expectRefused(store(), () => store().compact(-1), 'ERR_COMPACTED', COMPACTED);
    await store().compact(0);
    await expectRefused(store(), () => store().compact(0), 'ERR_COMPACTED', COMPACTED);
    await putAll(store(), 'a=1 a=2');
    await expectRefused(store(), () => store().compact(4), 'ERR_FUTURE_REVISION', FUTURE);
    await store().compact(3);
    expect(store().compactRevision).toBe(3);
    for (const revision of [3, 2, 0]) {
      const refused = store().compact(revision);
      await expect(refused).rejects.toMatchObject({ code: 'ERR_COMPACTED', compactRevision: 3 });
    }
    for (const revision of [1.5, Number.NaN]) {
      await expectRefused(store(), () => store().compact(revision), 'ERR_INVALID_ARGUMENT');
    }
  });

  test('R81 reads below are refused as soon as it was called; physical waits for the rest', async () => {
    for (let i = 0; i < 3; i++) await store().put('a', LONG);
    await store().put('b', '1');
    const { sizeInUseBytes } = await store().status();
    const done = store().compact(4);
    expect(() => store().getSync('a', { revision: 3 })).toThrow(COMPACTED);
    expect(() => store().getSync('missing', { revision: 3 })).toThrow(COMPACTED);
    await done;
    await expectRefused(store(), () => store().count('a', { revision: 3 }), 'ERR_COMPACTED');
    await compact(5);
    expect((await store().status()).sizeInUseBytes).toBeLessThan(sizeInUseBytes - LONG.length);
    expect(store().revision).toBe(5);
  });

  test('R82 a read at the compacted revision gives the same as before', async () => {
    await putAll(store(), 'a=1 a=2 b=1 c=1');
    await store().delete('b');
    await putAll(store(), 'a=3 b=2');
    for (let revision = 2; revision <= 8; revision++) {
      const before = await store().range({ all: true }, { revision });
      await compact(revision);
      const after = await store().range({ all: true }, { revision });
      expect([shown(after.kvs), after.kvs.map(life)]).toEqual([
        shown(before.kvs),
        before.kvs.map(life),
      ]);
    }
    expect(await events(store())).toEqual(['8 put b=2']);
  });

  test('R83 a tombstone at the compacted revision stays until the next compaction', async () => {
    await putAll(store(), 'a=1 b=1');
    await store().delete('a');
    await compact(4);
    expect(await events(store())).toEqual(['4 delete a']);
    await putAll(store(), 'c=1');
    await compact(5);
    expect(await events(store())).toEqual(['5 put c=1']);
    expect(keys((await store().range({ all: true })).kvs)).toEqual(['b', 'c']);
  });

  test('R83 the past shows what is left at the compacted revision, gone already or not', async () => {
    await store().write((tx) => {
      tx.put('a', '1');
      tx.put('a', '2');
      tx.put('b', '1');
      tx.delete('b');
    });
    const snapshot = await store().snapshot({ revision: 1 });
    // The snapshot holds the removal back.
    await store().compact(2);
    const left = ['2 put a=2', '2 delete b'];
    expect(await events(store())).toEqual(left);
    await snapshot[Symbol.asyncDispose]();
    await putAll(store(), 'c=1');
    await store().defragment();
    expect(await events(store())).toEqual([...left, '3 put c=1']);
  });

  test('R84 a life goes on as it was; one that is gone leaves nothing', async () => {
    await putAll(store(), 'a=1 a=2 a=3');
    await compact(4);
    await putAll(store(), 'a=4');
    expect(life(await store().get('a'))).toEqual([2, 5, 4]);
    await store().delete('a');
    await compact(6);
    await putAll(store(), 'b=1');
    await compact(7);
    await putAll(store(), 'a=5');
    expect(life(await store().get('a'))).toEqual([8, 8, 1]);
  });

  test('R85 reads between the lives of a key find nothing', async () => {
    await putAll(store(), 'a=1');
    await store().delete('a');
    await putAll(store(), 'b=1 a=2');
    await store().delete('a');
    const seen = async (): Promise<unknown[]> =>
      Promise.all(
        [2, 3, 4, 5, 6].map(async (revision) => life(await store().get('a', { revision }))),
      );
    expect(await seen()).toEqual([[2, 2, 1], undefined, undefined, [5, 5, 1], undefined]);
    await compact(2);
    expect(await seen()).toEqual([[2, 2, 1], undefined, undefined, [5, 5, 1], undefined]);
  });

  test('R86 whole lives that ended below are dropped, the one that is seen is cut', async () => {
    await putAll(store(), 'a=1');
    await store().delete('a');
    await putAll(store(), 'a=2 a=3 a=4');
    await compact(5);
    expect(life(await store().get('a', { revision: 5 }))).toEqual([4, 5, 2]);
    expect(await events(store())).toEqual(['5 put a=3', '6 put a=4']);
  });

  test('R88 of several records in one revision the last one counts', async () => {
    await store().write((tx) => {
      tx.put('a', '1');
      tx.delete('a');
      tx.put('a', '2');
      tx.put('b', '1');
      tx.delete('b');
    });
    await compact(2);
    expect(shown((await store().range({ all: true }, { revision: 2 })).kvs)).toEqual(['a=2']);
    expect(await events(store())).toEqual(['2 put a=2', '2 delete b']);
    await putAll(store(), 'c=1');
    await compact(3);
    expect(shown((await store().range({ all: true })).kvs)).toEqual(['a=2', 'c=1']);
  });

  test('R89 jobs run one after another; writes and durable reads go on meanwhile', async () => {
    const { compactionSliceRevisions } = limits;
    limits.compactionSliceRevisions = 2;
    try {
      const finished: number[] = [];
      const jobs = [];
      for (let i = 0; i < 40; i++) {
        const { revision } = await store().put(`k${i % 3}`, `${i}`);
        if (i % 8 === 7) jobs.push(compact(revision).then(() => finished.push(revision)));
        // The record of a job that finished is of an older revision than the put: that is no hurdle.
        expect((await store().get(`k${i % 3}`))?.text()).toBe(`${i}`);
        expect(store().durableRevision).toBe(revision);
      }
      await Promise.all(jobs);
      expect(finished).toEqual([...finished].sort((a, b) => a - b));
      expect(await store().count({ all: true }, { revision: 41 })).toBe(3);
    } finally {
      limits.compactionSliceRevisions = compactionSliceRevisions;
    }
  });
});

const onDisk = (fs: FileSystem): Promise<EmbeddedStore> => open('/store', { fs });

test('R89a the compacted revision survives, and the revision never goes back', async () => {
  const fs = memoryFs();
  let store = await onDisk(fs);
  await putAll(store, 'a=1 a=2');
  await store.delete('a');
  await store.compact(4, { physical: true });
  await store.close();
  // Everything is gone but for one tombstone; that goes with the next one.
  store = await onDisk(fs);
  expect([store.revision, store.compactRevision]).toEqual([4, 4]);
  await putAll(store, 'b=1');
  await store.delete('b');
  await store.compact(5);
  await store.compact(6, { physical: true });
  await store.defragment();
  await store.close();
  store = await onDisk(fs);
  expect([store.revision, store.compactRevision, await events(store)]).toEqual([
    6,
    6,
    ['6 delete b'],
  ]);
  expect((await store.put('c', '1')).revision).toBe(7);
  await store.close();
});

test('R89a what a close interrupts the next open finishes', async () => {
  const fs = memoryFs();
  let store = await onDisk(fs);
  for (let i = 0; i < 3; i++) await store.put('a', LONG);
  // Held back, so that closing finds it unfinished.
  await store.snapshot({ revision: 2 });
  await store.compact(4);
  const { sizeInUseBytes } = await store.status();
  await store.close();
  store = await onDisk(fs);
  expect(store.compactRevision).toBe(4);
  await putAll(store, 'b=1');
  await store.compact(5, { physical: true });
  expect((await store.status()).sizeInUseBytes).toBeLessThan(sizeInUseBytes - LONG.length);
  expect(keys((await store.range({ all: true })).kvs)).toEqual(['a', 'b']);
  await store.close();
});

test('R89b a life whose beginning is gone is restored from what its record says', async () => {
  const fs = memoryFs();
  let store = await onDisk(fs);
  await putAll(store, 'a=1 a=2 a=3 b=1');
  await store.delete('b');
  await store.compact(6, { physical: true });
  await store.defragment();
  await store.close();
  store = await onDisk(fs);
  expect(life(await store.get('a'))).toEqual([2, 4, 3]);
  // The lone tombstone makes a life that is over: the key does not exist, and is born anew.
  expect(await store.get('b', { revision: 6 })).toBeUndefined();
  expect(await events(store)).toEqual(['6 delete b']);
  await putAll(store, 'b=2');
  expect(life(await store.get('b'))).toEqual([7, 7, 1]);
  await store.close();
});

test('R89 a compaction asked for at any moment of the one before is done', async () => {
  // At one of these moments the one before has just found that nothing is left to do.
  for (let moment = 0; moment < 60; moment++) {
    await using store = await openMemory();
    const put = store.put('a', '');
    const before = store.compact(0);
    for (let tick = 0; tick < moment; tick++) await Promise.resolve();
    await store.compact(1, { physical: true });
    await Promise.all([put, before]);
  }
}, 5000);
