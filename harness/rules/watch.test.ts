/** R90-R109 through the public door: what a watch tells, from where, and how one goes on. */
import { expect, test } from 'vitest';
import type { ErrorCode, Selector, WatchOptions } from '../../engine/index.ts';
import { CompactedError, VarveError } from '../../engine/index.ts';
import { eachStore, putAll } from './stores.ts';
import { batchText, eventText, settled, takeAll, takeEvents } from './watching.ts';

const mainOf = (text: string): number => Number.parseInt(text, 10);

eachStore((store) => {
  test('R91 a watch from now on misses nothing after the revision it was ready at', async () => {
    await putAll(store(), 'a=0');
    const watch = store().watch('a');
    const told = takeEvents(watch, 2);
    expect(await watch.ready).toBe(2);
    await putAll(store(), 'a=1 b=1 a=2');
    expect(await told).toEqual(['3 put a=1', '5 put a=2']);
    expect(watch.revision).toBe(5);
  });

  test('R91 history comes first, and events go on behind it', async () => {
    await putAll(store(), 'a=1 a=2');
    const watch = store().watch('a', { startRevision: 2 });
    expect(watch.revision).toBe(1);
    await putAll(store(), 'a=3');
    expect(await takeEvents(watch, 3)).toEqual(['2 put a=1', '3 put a=2', '4 put a=3']);
    await putAll(store(), 'a=4');
    expect(await takeEvents(watch, 1)).toEqual(['5 put a=4']);
  });

  test('R91 a start in the future is waited for', async () => {
    const watch = store().watch({ all: true }, { startRevision: 4 });
    expect([watch.revision, await watch.ready]).toEqual([3, 1]);
    await putAll(store(), 'a=1 a=2 a=3');
    expect(await takeEvents(watch, 1)).toEqual(['4 put a=3']);
  });

  test('R109 whoever goes on at revision + 1, event by event, misses and repeats nothing', async () => {
    for (let i = 0; i < 4; i++) {
      await store().write((tx) => {
        for (const key of ['a', 'b', 'c']) tx.put(key, String(i));
      });
    }
    const whole = await takeEvents(store().watch({ all: true }, { startRevision: 2 }), 12);
    for (let stop = 1; stop < 12; stop++) {
      const first = store().watch({ all: true }, { startRevision: 2 });
      const before = await takeEvents(first, stop);
      const { revision } = first;
      const complete = before.filter((text) => mainOf(text) <= revision);
      expect(complete.length).toBe(3 * Math.floor(stop / 3));
      const second = store().watch({ all: true }, { startRevision: revision + 1 });
      const after = await takeEvents(second, 12 - complete.length);
      expect([...complete, ...after]).toEqual(whole);
      await Promise.all([first.cancel(), second.cancel()]);
    }
  });

  test('R101 a batch holds whole revisions, of a write, a transaction, a range delete', async () => {
    const watch = store().watch({ all: true });
    await store().write((tx) => {
      tx.put('b', '1');
      tx.put('a', '1');
      tx.delete('b');
    });
    const iterator = watch.batches();
    const told = [(await iterator.next()).value];
    await store().txn({
      then: [
        { op: 'put', key: 'c', value: '1' },
        { op: 'deleteRange', selector: 'a' },
        { op: 'put', key: 'd', value: '1' },
      ],
    });
    told.push((await iterator.next()).value);
    await store().delete({ all: true });
    told.push((await iterator.next()).value);
    expect(told.map((batch) => [batch?.revision, batch && batchText(batch)])).toEqual([
      [2, '2 put b=1, 2 put a=1, 2 delete b'],
      [3, '3 put c=1, 3 delete a, 3 put d=1'],
      [4, '4 delete c, 4 delete d'],
    ]);
    expect([watch.revision, told.some((batch) => batch!.progress)]).toEqual([4, false]);
  });

  test('R104, R105 the state before, and only one type of event', async () => {
    const options: WatchOptions[] = [{ prevKv: true }, { only: 'put' }, { only: 'delete' }];
    const watches = options.map((some) => store().watch({ prefix: 'a' }, some));
    await putAll(store(), 'a=1 a=2 b=1');
    await store().delete('a');
    expect(await Promise.all([3, 2, 1].map((n, i) => takeEvents(watches[i]!, n)))).toEqual([
      ['2 put a=1', '3 put a=2 (1)', '5 delete a (2)'],
      ['2 put a=1', '3 put a=2'],
      ['5 delete a'],
    ]);
  });

  test('R90, R11 every kind of selector; an empty key stands for the NUL byte', async () => {
    const selectors: Selector[] = ['', { prefix: '' }, { gte: '' }, { gt: 'a', lte: 'b' }];
    const watches = selectors.map((selector) => store().watch(selector));
    for (const key of ['\0', 'a', 'b', 'c']) await store().put(key, '');
    const revisions = await Promise.all(
      [1, 4, 4, 1].map(async (n, i) => (await takeEvents(watches[i]!, n)).map(mainOf)),
    );
    expect(revisions).toEqual([[2], [2, 3, 4, 5], [2, 3, 4, 5], [4]]);
  });

  test('R107 progress on request: a batch without events, for those who iterate batches', async () => {
    const watch = store().watch('a');
    await watch.ready;
    await putAll(store(), 'x=1 a=1 x=2');
    watch.requestProgress();
    const iterator = watch.batches();
    const told = [(await iterator.next()).value!, (await iterator.next()).value!];
    expect(told.map(({ revision, progress }) => [revision, progress])).toEqual([
      [3, false],
      [4, true],
    ]);
    expect(watch.revision).toBe(4);
    watch.requestProgress();
    const event = takeEvents(watch, 1);
    await putAll(store(), 'a=2');
    expect(await event).toEqual(['5 put a=2']);
    await watch.cancel();
    watch.requestProgress();
    expect(await iterator.next()).toEqual({ done: true, value: undefined });
  });

  test('R97 a compacted start: ready rejects, iterating throws the same, once', async () => {
    await putAll(store(), 'a=1 a=2 a=3');
    await store().compact(3);
    for (const startRevision of [2, -1]) {
      const watch = store().watch('a', { startRevision });
      await expect(watch.ready).rejects.toBeInstanceOf(CompactedError);
      const { told, error } = await takeAll(watch);
      expect([told, (error as CompactedError).compactRevision]).toEqual([[], 3]);
      expect(await takeAll(watch)).toEqual({ told: [], error: undefined });
    }
    // Nobody asks: vitest fails on an unhandled rejection.
    store().watch('a', { startRevision: 2 });
    await settled();
    expect((await store().status()).watchers).toEqual({ synced: 0, unsynced: 0, victims: 0 });
    expect(await takeEvents(store().watch('a', { startRevision: 3 }), 2)).toEqual([
      '3 put a=2',
      '4 put a=3',
    ]);
  });

  test('options that mean nothing are refused with a word on what to give instead', async () => {
    const wrong: [Selector, object, string, ErrorCode?][] = [
      ['a', { only: 'puts' }, "only is 'put' or 'delete'"],
      ['a', { onSlow: 'drop' }, "onSlow is 'wait' or 'cancel'"],
      ['a', { bufferEvents: 0 }, 'bufferEvents is a whole number above 0'],
      ['a', { bufferEvents: Number.NaN }, 'bufferEvents is a whole number above 0'],
      ['a', { startRevision: 1.5 }, 'startRevision'],
      [{ gte: 'b', lt: 'a' }, {}, 'watcher range is empty'],
      [{}, {}, 'use { all: true }'],
      [undefined as unknown as Selector, {}, 'a selector is'],
      [7 as unknown as Selector, {}, 'a selector is'],
      [{ gt: '' }, {}, 'key is not provided', 'ERR_EMPTY_KEY'],
    ];
    for (const [selector, options, text, code = 'ERR_INVALID_ARGUMENT'] of wrong) {
      const watch = store().watch(selector, options);
      const error: unknown = await watch.ready.catch((error: unknown) => error);
      expect(error).toBeInstanceOf(VarveError);
      expect(error).toMatchObject({ code, message: expect.stringContaining(text) as string });
      expect((await takeAll(watch)).error).toBe(error);
    }
    const inside = store().write(() => store().watch('a').ready);
    await expect(inside).rejects.toMatchObject({ code: 'ERR_INVALID_ARGUMENT' });
    expect(store().revision).toBe(1);
  });

  test('cancel, break, return and dispose end it quietly, in the middle of a batch too', async () => {
    await store().write((tx) => {
      for (const key of ['a', 'b', 'c']) tx.put(key, '');
    });
    const from2 = { startRevision: 2 };
    const cancelled = store().watch({ all: true }, from2);
    expect(await takeEvents(cancelled, 1)).toEqual(['2 put a=']);
    await cancelled.cancel();
    // What it had is dropped, as it would be had it not been taken yet; no part of 2 counts as told.
    expect([await takeAll(cancelled), cancelled.revision]).toEqual([
      { told: [], error: undefined },
      1,
    ]);
    const left = store().watch({ all: true }, from2);
    for await (const event of left) {
      expect(eventText(event)).toBe('2 put a=');
      break;
    }
    expect(await left.batches().next()).toMatchObject({ done: true });
    const waiting = store().watch('x');
    const next = waiting.batches().next();
    await waiting.batches().return!();
    expect(await next).toEqual({ done: true, value: undefined });
    {
      await using disposed = store().watch('x');
      await disposed.ready;
      expect((await store().status()).watchers.synced).toBe(1);
    }
    expect((await store().status()).watchers).toEqual({ synced: 0, unsynced: 0, victims: 0 });
  });

  test('a signal ends it with its reason: before, while it waits, with events buffered', async () => {
    const reason = new Error('enough');
    const before = store().watch('a', { signal: AbortSignal.abort(reason) });
    await expect(before.ready).rejects.toBe(reason);
    expect((await takeAll(before)).error).toBe(reason);

    const control = new AbortController();
    const { signal } = control;
    const waits = store().watch('a', { signal });
    const buffers = store().watch('b', { signal });
    const iterates = store().watch('b', { signal });
    const told = takeAll(waits);
    await store().write((tx) => {
      tx.put('b', '1');
      tx.put('b', '2');
    });
    expect(await takeEvents(iterates, 1)).toEqual(['2 put b=1']);
    control.abort(reason);
    expect(await told).toEqual({ told: [], error: reason });
    expect(await takeAll(buffers)).toEqual({ told: [], error: reason });
    expect(await takeAll(iterates)).toEqual({ told: [], error: reason });
    expect((await store().status()).watchers.synced).toBe(0);
  });

  test('calls of next that do not wait for each other get the events in order, each once', async () => {
    const watch = store().watch({ all: true });
    const iterator = watch[Symbol.asyncIterator]();
    const asked = Array.from({ length: 7 }, () => iterator.next());
    await store().write((tx) => {
      for (const key of ['a', 'b', 'c']) tx.put(key, '');
    });
    await putAll(store(), 'd e f');
    const told = await Promise.all(asked.slice(0, 6));
    expect(told.map(({ value }) => (value === undefined ? '' : value.kv.key)).join('')).toBe(
      'abcdef',
    );
    await watch.cancel();
    expect(await asked[6]).toEqual({ done: true, value: undefined });
  });

  test('history tells the same as a watch, between any two revisions', async () => {
    await putAll(store(), 'a=1 b=1 a=2');
    await store().delete({ all: true });
    const watched = await takeEvents(store().watch({ all: true }, { startRevision: 1 }), 5);
    for (let from = 1; from <= 6; from++) {
      for (let to = from; to <= 5; to++) {
        const told: string[] = [];
        for await (const event of store().history({ all: true }, { from, to })) {
          told.push(eventText(event));
        }
        expect(told).toEqual(watched.filter((text) => mainOf(text) >= from && mainOf(text) <= to));
      }
    }
  });

  test('close ends every watch with ERR_CLOSED, after what was shown already', async () => {
    await putAll(store(), 'a=1');
    const waits = takeAll(store().watch('b'));
    const buffers = store().watch('a');
    await buffers.ready;
    await putAll(store(), 'a=2');
    await store().close();
    expect(await waits).toMatchObject({ told: [], error: { code: 'ERR_CLOSED' } });
    expect(await takeAll(buffers)).toMatchObject({
      told: ['3 put a=2'],
      error: { code: 'ERR_CLOSED' },
    });
    const late = store().watch('a');
    await expect(late.ready).rejects.toMatchObject({ code: 'ERR_CLOSED' });
  });
});
