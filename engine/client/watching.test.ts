/** Watches as they begin, fall behind, ask how far they are, and end. */
import { describe, expect, test } from 'vitest';
import type { Store, Watch } from '../types.ts';
import { Event_EventType as EventType } from '../wire/generated/kv_pb.ts';
import { answersInOrder } from './progress-requests.ts';
import { header, keyValue, type WatchSide } from './scripted-server.testing.ts';
import { creating, revisionsOf, take, watching } from './watch-script.testing.ts';

const flood = (side: WatchSide, id: number, from: number): void => {
  for (let revision = from; revision < from + 50; revision++) side.puts(id, [revision]);
};

const code = async (watch: Watch): Promise<unknown> =>
  watch.ready.catch((error: unknown) => (error as { code?: unknown }).code);

describe('starting', () => {
  test('a start that was never heard of is asked for from now on first', async () => {
    const starts: bigint[] = [];
    const store = await watching(
      creating((side, id, { startRevision }) => {
        starts.push(startRevision);
        side.created(id, 8);
        if (startRevision > 0n) side.puts(id, [5, 8]);
      }),
    );
    const watch = store.watch({ all: true }, { startRevision: 5 });
    expect(watch.revision).toBe(4);
    expect(revisionsOf(await take(watch, 1))).toEqual([[5, 8]]);
    expect(starts).toEqual([0n, 5n]);
  });

  test('before a start in the future nothing is shown', async () => {
    const store = await watching(
      creating((side, id) => {
        side.created(id, 8);
        side.puts(id, [9]);
        side.puts(id, [10, 11]);
      }),
    );
    const watch = store.watch({ all: true }, { startRevision: 11 });
    expect(revisionsOf(await take(watch, 1))).toEqual([[11]]);
  });

  test('a refusal is for the watch that asked', async () => {
    const store = await watching(
      creating((side, id) => {
        const cancelReason = 'etcdserver: permission denied';
        if (id === 1) {
          side.send({ watchId: -1n, created: true, canceled: true, cancelReason });
          return;
        }
        side.created(id, 4);
        setTimeout(() => side.puts(id, [5]), 20);
      }),
    );
    const [first, second, third] = ['a', 'b', 'c'].map((key) => store.watch(key));
    await expect(second!.ready).rejects.toThrow('permission denied');
    expect(revisionsOf(await take(first!, 1))).toEqual([[5]]);
    expect(revisionsOf(await take(third!, 1))).toEqual([[5]]);
  });

  test.each<[string, (store: Store) => Promise<unknown>]>([
    ['a put', (store) => store.put('k', 'v')],
    ['a revoked lease', (store) => store.leases.revoke(1n)],
  ])('%s waits until those who watch from now on are registered', async (_, write) => {
    const order: string[] = [];
    const store = await watching(
      creating((side, id) =>
        setTimeout(() => {
          order.push('created');
          side.created(id, 4);
        }, 50),
      ),
    );
    store.watch('k');
    await write(store);
    order.push('written');
    expect(order).toEqual(['created', 'written']);
  });
});

describe('a consumer that does not keep up', () => {
  test('waits: the server is told to stop, and later on to go on from there', async () => {
    const cancelled: bigint[] = [];
    const starts: bigint[] = [];
    const create = creating((side, id, { startRevision }) => {
      starts.push(startRevision);
      side.created(id, 4);
      flood(side, id, Math.max(5, Number(startRevision)));
    });
    const store = await watching((side, request) => {
      if (request.case === 'cancelRequest') cancelled.push(request.value.watchId);
      else create(side, request);
    });
    const watch = store.watch({ all: true }, { bufferEvents: 10 });
    await watch.ready;
    await expect.poll(() => cancelled).toEqual([0n]);
    const batches = await take(watch, 40);
    expect(revisionsOf(batches).flat()).toEqual(Array.from({ length: 40 }, (_, i) => i + 5));
    expect(starts.slice(0, 2)).toEqual([0n, 15n]);
  });

  test('is cancelled after what was buffered, if he has asked for that', async () => {
    const store = await watching(
      creating((side, id) => {
        side.created(id, 4);
        flood(side, id, 5);
      }),
    );
    const watch = store.watch({ all: true }, { bufferEvents: 10, onSlow: 'cancel' });
    await watch.ready;
    await new Promise((resolve) => setTimeout(resolve, 50));
    const seen: number[] = [];
    const reading = (async () => {
      for await (const { revision } of watch) seen.push(revision);
    })();
    await expect(reading).rejects.toMatchObject({ code: 'ERR_SLOW_WATCHER' });
    expect(seen).toEqual(Array.from({ length: 10 }, (_, i) => i + 5));
    expect(watch.revision).toBe(14);
  });
});

describe('ending', () => {
  const idle = creating((side, id) => side.created(id, 4));

  test('by cancelling, by a signal, by closing the store', async () => {
    const store = await watching(idle);
    const controller = new AbortController();
    const cancelled = store.watch('a');
    const aborted = store.watch('b', { signal: controller.signal });
    const closed = store.watch('c');
    const nexts = [cancelled, aborted, closed].map((watch) => watch.batches().next());
    await Promise.all([cancelled.ready, aborted.ready, closed.ready]);
    await cancelled.cancel();
    expect((await nexts[0]!).done).toBe(true);
    const reason = new Error('enough');
    controller.abort(reason);
    await expect(nexts[1]).rejects.toBe(reason);
    await store.close();
    await expect(nexts[2]).rejects.toMatchObject({ code: 'ERR_CLOSED' });
  });

  test('what cannot be is refused, whoever answers', async () => {
    const store = await watching();
    expect(await code(store.watch({ gte: 'b', lt: 'a' }))).toBe('ERR_INVALID_ARGUMENT');
    expect(await code(store.watch('k', { startRevision: -1 }))).toBe('ERR_COMPACTED');
    expect(await code(store.watch('k', { bufferEvents: 0 }))).toBe('ERR_INVALID_ARGUMENT');
  });
});

describe('progress', () => {
  test('is told to those who asked, in order with events', async () => {
    const create = creating((side, id) => side.created(id, 4));
    const store = await watching((side, request) => {
      create(side, request);
      if (request.case !== 'progressRequest') return;
      side.puts(0, [5]);
      side.send({ watchId: -1n, header: header(6) });
    });
    const [asking, other] = [store.watch('a'), store.watch('b')];
    await Promise.all([asking.ready, other.ready]);
    const batches = asking.batches();
    asking.requestProgress();
    expect(await batches.next()).toMatchObject({ value: { revision: 5, progress: false } });
    expect(await batches.next()).toMatchObject({ value: { revision: 6, progress: true } });
    expect(asking.revision).toBe(6);
    expect(other.revision).toBe(4);
  });

  test('R107 which servers tell it in time', () => {
    const versions = ['3.4.23', '3.4.25', '3.5.7', '3.5.8', '3.6.0-alpha.0', '4.0.1', '3.3.9'];
    expect(versions.map(answersInOrder)).toEqual([false, true, false, true, true, true, false]);
  });
});

test('deletes, previous states and creations are told as such', async () => {
  const store = await watching(
    creating((side, id) => {
      side.created(id, 4);
      const watchId = BigInt(id);
      const put = { kv: keyValue('k', 5, 'new') };
      const kv = { key: Buffer.from('k'), modRevision: 6n };
      side.send({
        watchId,
        events: [put, { type: EventType.DELETE, kv, prevKv: keyValue('k', 5, 'new') }],
      });
    }),
  );
  const [batch] = await take(store.watch('k', { prevKv: true }), 1);
  const [put, del] = batch!.events;
  expect(put).toMatchObject({ type: 'put', isCreate: true, revision: 5, kv: { key: 'k' } });
  expect(del).toMatchObject({ type: 'delete', isCreate: false, revision: 6, kv: { version: 0 } });
  expect(del!.prevKv!.text()).toBe('new');
});
