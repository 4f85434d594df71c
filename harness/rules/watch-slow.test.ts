/** Consumers that are slow, and many of them: bounded, nobody delayed, nothing missed. */
import { afterEach, expect, test } from 'vitest';
import { limits } from '../../engine/base/limits.ts';
import { open, openMemory } from '../../engine/index.ts';
import { memoryFs } from '../../engine/vfs/index.ts';
import { SteppedClock } from '../stores/stepped-clock.ts';
import { eachStore } from './stores.ts';
import { settled, takeAll, takeEvents } from './watching.ts';

const usual = { ...limits };
afterEach(() => void Object.assign(limits, usual));

eachStore((store) => {
  test('a consumer that stops for a while holds a bounded buffer, and then misses nothing', async () => {
    const stops = store().watch({ all: true }, { bufferEvents: 10 });
    const goesOn = store().watch({ all: true });
    await stops.ready;
    for (let i = 0; i < 500; i++) await store().put(`k${i % 7}`, String(i));
    expect((await store().status()).watchers).toEqual({ synced: 1, unsynced: 0, victims: 1 });
    const queued = /etcd_debugging_mvcc_pending_events_total (\d+)/.exec(store().metrics());
    // The one that nobody reads either has 500, the other its ten.
    expect(Number(queued?.[1])).toBe(510);
    const all = await takeEvents(goesOn, 500);
    expect(await takeEvents(stops, 500)).toEqual(all);
    await store().put('k', 'live again');
    expect(await takeEvents(stops, 1)).toEqual(['502 put k=live again']);
    expect((await store().status()).watchers).toEqual({ synced: 2, unsynced: 0, victims: 0 });
  });

  test("onSlow 'cancel' ends it with ERR_SLOW_WATCHER, after what it has", async () => {
    const watch = store().watch('a', { onSlow: 'cancel', bufferEvents: 2 });
    await watch.ready;
    for (let i = 0; i < 5; i++) await store().put('a', String(i));
    const { told, error } = await takeAll(watch);
    expect(told).toEqual(['2 put a=0', '3 put a=1']);
    expect(error).toMatchObject({
      code: 'ERR_SLOW_WATCHER',
      message: expect.stringContaining('raise bufferEvents') as string,
    });
    expect(watch.revision).toBe(3);
  });

  test("onSlow 'cancel' leaves alone who keeps up, and who reads history", async () => {
    for (let i = 0; i < 50; i++) await store().put('a', String(i));
    const watch = store().watch('a', { onSlow: 'cancel', bufferEvents: 1, startRevision: 2 });
    await settled();
    expect(await takeEvents(watch, 50)).toHaveLength(50);
    for (let i = 0; i < 20; i++) {
      const next = takeEvents(watch, 1);
      await store().put('a', 'live');
      expect(await next).toEqual([`${52 + i} put a=live`]);
    }
  });

  test('a slow one whose past is compacted meanwhile is told so, after what it has', async () => {
    const watch = store().watch('a', { bufferEvents: 1 });
    await watch.ready;
    for (let i = 0; i < 9; i++) await store().put('a', String(i));
    await store().compact(10);
    expect(await takeAll(watch)).toMatchObject({
      told: ['2 put a=0', '3 put a=1'],
      error: { code: 'ERR_COMPACTED', compactRevision: 10 },
    });
  });

  test('several thousand watchers, each of its own key and all of one', async () => {
    const COUNT = 3000;
    await store().put('all', '0');
    const watches = Array.from({ length: COUNT }, (_, i) =>
      store().watch(
        { gte: 'all', lt: `all${String.fromCharCode(33 + (i % 50))}` },
        {
          startRevision: i % 2,
        },
      ),
    );
    await Promise.all(watches.map(({ ready }) => ready));
    await store().put('all', '1');
    const told = await Promise.all(watches.map((watch, i) => takeEvents(watch, 1 + (i % 2))));
    for (const [i, events] of told.entries()) {
      expect(events).toEqual(i % 2 === 1 ? ['2 put all=0', '3 put all=1'] : ['3 put all=1']);
    }
    expect((await store().status()).watchers.synced).toBe(COUNT);
    await Promise.all(watches.map((watch) => watch.cancel()));
    expect((await store().status()).watchers).toEqual({ synced: 0, unsynced: 0, victims: 0 });
  });
});

test('R108 every ten minutes and a bit: a word to those who asked and heard nothing', async () => {
  const clock = new SteppedClock();
  const store = await openMemory({ clock, random: () => 0.5 });
  const watch = store.watch('a', { progress: true });
  const silent = store.watch('a');
  await store.put('x', '1');
  const batches = watch.batches();
  const next = batches.next();
  clock.advance(limits.watchProgressMs * 1.04);
  await settled();
  const still = Symbol('still waiting');
  expect(await Promise.race([next, Promise.resolve(still)])).toBe(still);
  clock.advance(limits.watchProgressMs * 0.02);
  expect((await next).value).toMatchObject({ revision: 2, progress: true, events: [] });
  expect(watch.revision).toBe(2);
  // Neither does it pile up, nor is it told to who got an event.
  const live = batches.next();
  await store.put('a', '1');
  expect((await live).value).toMatchObject({ revision: 3, progress: false });
  const after = batches.next();
  clock.advance(limits.watchProgressMs * 1.06);
  await settled();
  expect(await Promise.race([after, Promise.resolve(still)])).toBe(still);
  clock.advance(limits.watchProgressMs * 1.06);
  expect((await after).value).toMatchObject({ revision: 3, progress: true });
  expect(await takeEvents(silent, 1)).toEqual(['3 put a=1']);
  await store.close();
});

test('after close no timer is left that would keep the process from its end', async () => {
  const armed = new Set<object>();
  const clock = {
    now: () => 0,
    setTimer: () => {
      const timer = { [Symbol.dispose]: () => void armed.delete(timer) };
      armed.add(timer);
      return timer;
    },
  };
  const store = await open('/store', { fs: memoryFs(), clock, sync: 'never' });
  await settled();
  const before = armed.size;
  store.watch('a', { progress: true });
  expect(armed.size).toBe(before + 1);
  await store.close();
  expect(armed.size).toBe(0);
});
