/** Watches whose stream breaks: they go on where they were, on the next one. */
import { status } from '@grpc/grpc-js';
import { expect, test } from 'vitest';
import { creating, revisionsOf, take, watching } from './watch-script.testing.ts';

test('it goes on after the last revision, without loss or repeat', async () => {
  const starts: bigint[] = [];
  const store = await watching(
    creating((side, id) => {
      side.created(id, 4);
      side.puts(id, [5]);
      side.puts(id, [6, 7]);
      setTimeout(() => side.fail(status.UNAVAILABLE, 'etcdserver: no leader'), 20);
    }),
    creating((side, id, { startRevision }) => {
      starts.push(startRevision);
      side.created(id, 9);
      // A server that is asked from now on must be asked again for what was missed.
      if (startRevision > 0n) side.puts(id, [7, 8, 9]);
      side.puts(id, [10]);
    }),
  );
  const watch = store.watch({ all: true });
  expect(await watch.ready).toBe(4);
  expect(watch.revision).toBe(4);
  expect(revisionsOf(await take(watch, 4))).toEqual([[5], [6, 7], [8, 9], [10]]);
  expect(watch.revision).toBe(10);
  expect(starts.at(-1)).toBe(8n);
});

test('part of a response that broke off is not shown', async () => {
  const store = await watching(
    creating((side, id) => {
      side.created(id, 4);
      side.puts(id, [5], { fragment: true });
      setTimeout(() => side.fail(status.UNAVAILABLE, 'gone'), 20);
    }),
    creating((side, id, { startRevision }) => {
      side.created(id, 6);
      if (startRevision === 0n) return;
      side.puts(id, [5], { fragment: true });
      side.puts(id, [5], { fragment: true });
      side.puts(id, [6]);
    }),
  );
  const [batch] = await take(store.watch({ all: true }), 1);
  expect(batch).toMatchObject({ revision: 6, progress: false });
  expect(revisionsOf([batch!])).toEqual([[5, 5, 6]]);
});

test('what was compacted meanwhile ends it', async () => {
  const store = await watching(
    creating((side, id) => {
      side.created(id, 4);
      side.puts(id, [5]);
      setTimeout(() => side.fail(status.UNAVAILABLE, 'gone'), 20);
    }),
    creating((side, id, { startRevision }) => {
      side.created(id, 40);
      const watchId = BigInt(id);
      if (startRevision > 0n) side.send({ watchId, canceled: true, compactRevision: 30n });
    }),
  );
  const batches = store.watch({ all: true }).batches();
  await batches.next();
  await expect(batches.next()).rejects.toMatchObject({
    code: 'ERR_COMPACTED',
    compactRevision: 30,
  });
  expect((await batches.next()).done).toBe(true);
});

test('a member that lags behind shows nothing twice', async () => {
  const store = await watching(
    creating((side, id) => {
      side.created(id, 4);
      side.puts(id, [5, 6]);
      setTimeout(() => side.fail(status.UNAVAILABLE, 'gone'), 20);
    }),
    creating((side, id) => {
      side.created(id, 5);
      side.puts(id, [6]);
      side.puts(id, [7]);
    }),
  );
  expect(revisionsOf(await take(store.watch({ all: true }), 2))).toEqual([[5, 6], [7]]);
});
