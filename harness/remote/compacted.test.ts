/** What a client tells of how far the history is compacted, which servers refuse without saying. */
import { expect, test } from 'vitest';
import { connect } from '../../engine/client/index.ts';
import { get, modRevision, type Store } from '../../engine/index.ts';
import { testServer } from '../../engine/v3rpc/index.ts';

/** Two clients of one store that is at revision 10. */
async function withTwo(use: (one: Store, other: Store) => Promise<void>): Promise<void> {
  await using server = await testServer();
  await using one = await connect(server.url);
  await using other = await connect(server.url);
  for (let i = 2; i <= 10; i++) await one.put('k', `${i}`);
  await use(one, other);
}

const compacted = (compactRevision: number): object =>
  expect.objectContaining({ code: 'ERR_COMPACTED', compactRevision });

test('what another client compacts is told, and told again when it has gone on', () =>
  withTwo(async (one, other) => {
    for (const revision of [5, 8]) {
      await other.compact(revision);
      const read = get('k', { revision: 2 });
      await expect(one.get('k', { revision: 2 })).rejects.toEqual(compacted(revision));
      await expect(one.txn({ then: [read] })).rejects.toEqual(compacted(revision));
      await expect(one.compact(3)).rejects.toEqual(compacted(revision));
      await expect(one.hashKv(3)).rejects.toEqual(compacted(revision));
      const watch = one.watch('k', { startRevision: -1 });
      await expect(watch.ready).rejects.toEqual(compacted(revision));
      expect((await one.status()).compactRevision).toBe(revision);
    }
  }));

test('compacted at the very revision that is asked for', () =>
  withTwo(async (one, other) => {
    await other.compact(6);
    await expect(one.compact(6)).rejects.toEqual(compacted(6));
  }));

test('R70, R98 where nothing is compacted, nothing is told of it', () =>
  withTwo(async (one) => {
    const read = get('k', { revision: -2 });
    const txn = one.txn({ if: [modRevision('k').gt(0)], then: [read] });
    await expect(txn).rejects.toEqual(compacted(0));
    const watch = one.watch('k', { startRevision: -1 });
    await expect(watch.ready).rejects.toEqual(compacted(0));
    expect((await one.status()).compactRevision).toBe(-1);
  }));
