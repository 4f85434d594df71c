/** Stores to etcd snapshots and back: the same history, hashes, leases and compactions. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { exportSnapshot } from './exchange.ts';
import { importSnapshot } from './bolt/import-snapshot.ts';
import { open, openMemory } from './open.ts';
import type { EmbeddedStore } from './types.ts';
import { type FileSystem, memoryFs } from './vfs/index.ts';

type Step =
  | { readonly does: 'put'; readonly key: number; readonly bytes: number; readonly leased: boolean }
  | { readonly does: 'delete'; readonly keys: number }
  | { readonly does: 'compact'; readonly back: number }
  | { readonly does: 'revoke' };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      does: fc.constant('put' as const),
      key: fc.nat(6),
      bytes: fc.oneof(fc.nat(40), fc.nat(6000)),
      leased: fc.boolean(),
    }),
  },
  { weight: 3, arbitrary: fc.record({ does: fc.constant('delete' as const), keys: fc.nat(6) }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('compact' as const), back: fc.nat(5) }) },
  { weight: 1, arbitrary: fc.constant({ does: 'revoke' as const }) },
);

async function perform(store: EmbeddedStore, steps: readonly Step[]): Promise<void> {
  await store.leases.grant({ ttlSeconds: 1000, id: 1n });
  await store.leases.grant({ ttlSeconds: 2000, id: -2n });
  for (const each of steps) {
    if (each.does === 'put') {
      const isLeased = each.leased && (await store.leases.list()).includes(-2n);
      const value = 'v'.repeat(each.bytes);
      await store.put(`key ${each.key}`, value, isLeased ? { lease: -2n } : {});
    } else if (each.does === 'delete') {
      await store.delete({ lte: `key ${each.keys}` });
    } else if (each.does === 'compact') {
      const at = store.revision - each.back;
      if (at > store.compactRevision && at > 0) await store.compact(at, { physical: true });
    } else if ((await store.leases.list()).includes(-2n)) {
      await store.leases.revoke(-2n);
    }
  }
}

async function shown(store: EmbeddedStore): Promise<object> {
  const { revision, compactRevision } = store;
  const hashes: object[] = [];
  const first = Math.max(1, compactRevision);
  for (let at = first; at <= revision; at += 1 + Math.floor((revision - first) / 40)) {
    hashes.push(await store.hashKv(at));
  }
  const history: string[] = [];
  for await (const { type, kv } of store.history({ all: true }, { from: first })) {
    history.push(
      `${type} ${kv.modRevision} ${kv.version} ${kv.lease} ${kv.key} ${kv.value.length}`,
    );
  }
  const leases: object[] = [];
  for (const id of (await store.leases.list()).toSorted((a, b) => Number(a - b))) {
    const { grantedTtlSeconds, keys } = await store.leases.timeToLive(id, { keys: true });
    leases.push({ id, grantedTtlSeconds, keys });
  }
  const { alarms } = await store.status();
  return { revision, compactRevision, hashes, history, leases, alarms };
}

async function thereAndBack(
  fs: FileSystem,
  source: EmbeddedStore | string,
): Promise<EmbeddedStore> {
  const exported = await exportSnapshot(source, '/file', { fs });
  const imported = await importSnapshot('/file', '/copy', { fs });
  const { revision, compactRevision, hash } = exported;
  expect(imported).toMatchObject({ revision, compactRevision, hash });
  const store = await open('/copy', { fs });
  expect(await store.verify()).toEqual({ ok: true, problems: [] });
  expect(await store.status()).toMatchObject({ keys: imported.keys, leases: imported.leases });
  return store;
}

describe('a store that was exported and imported', () => {
  it('shows all that it has shown, whatever was done to it', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const fs = memoryFs();
        await using source = await open('/store', { fs });
        await perform(source, steps);
        await using copy = await thereAndBack(fs, source);
        expect(await shown(copy)).toEqual(await shown(source));
      }),
      { numRuns: 25 },
    );
  }, 30_000);

  it('is as of the call, while writing and compaction go on', async () => {
    const fs = memoryFs();
    await using source = await open('/store', { fs, sync: 'never' });
    for (let i = 0; i < 2000; i++) await source.put(`key ${i % 100}`, `value ${i}`);
    const before = await shown(source);
    const exporting = exportSnapshot(source, '/file');
    const compacting = source.compact(1500, { physical: true });
    for (let i = 0; i < 500; i++) await source.put(`key ${i % 100}`, `later ${i}`);
    await source.delete({ all: true });
    await Promise.all([exporting, compacting]);
    await importSnapshot('/file', '/copy', { fs });
    await using copy = await open('/copy', { fs });
    expect(await shown(copy)).toEqual(before);
  }, 30_000);

  it('keeps a revision that was raised, and a compaction that is not through', async () => {
    const fs = memoryFs();
    {
      await using source = await open('/store', { fs });
      for (let i = 0; i < 20; i++) await source.put('key', String(i));
      await source.delete('key');
      await source.compact(22, { physical: true });
      await source.compact(22).catch(() => {});
    }
    await using copy = await thereAndBack(fs, '/store');
    expect(copy).toMatchObject({ revision: 22, compactRevision: 22 });
    expect((await copy.put('key', 'next')).revision).toBe(23);
  });

  it('may be empty, or in memory', async () => {
    const fs = memoryFs();
    await using source = await openMemory({ fs });
    await using copy = await thereAndBack(fs, source);
    expect(await shown(copy)).toEqual(await shown(source));
    expect(copy.revision).toBe(1);
  });
});

describe('an export', () => {
  it('leaves nothing behind when it is called off, and replaces nothing', async () => {
    const fs = memoryFs();
    await using source = await open('/store', { fs });
    for (let i = 0; i < 300; i++) await source.put(`key ${i}`, 'v'.repeat(1000));
    const stop = new AbortController();
    const onProgress = (): void => stop.abort();
    const called = exportSnapshot(source, '/file', { signal: stop.signal, onProgress });
    await expect(called).rejects.toThrow('aborted');
    expect(fs.list('/')).toEqual(['store']);
    await exportSnapshot(source, '/file');
    await expect(exportSnapshot(source, '/file')).rejects.toMatchObject({
      code: 'ERR_INVALID_ARGUMENT',
    });
  });

  it('ends with ERR_CLOSED when the store is closed meanwhile', async () => {
    const fs = memoryFs();
    const source = await open('/store', { fs });
    for (let i = 0; i < 300; i++) await source.put(`key ${i}`, 'v'.repeat(1000));
    const exporting = exportSnapshot(source, '/file');
    const outcome = expect(exporting).rejects.toMatchObject({ code: 'ERR_CLOSED' });
    await source.close();
    await outcome;
    expect(fs.list('/')).toEqual(['store']);
  });

  it('needs a store', async () => {
    const fs = memoryFs();
    await expect(exportSnapshot('/none', '/file', { fs })).rejects.toMatchObject({
      code: 'ERR_NOT_FOUND',
    });
    await using store = await openMemory({ fs });
    await expect(exportSnapshot(store, '')).rejects.toMatchObject({ code: 'ERR_INVALID_ARGUMENT' });
    await expect(exportSnapshot({} as EmbeddedStore, '/f')).rejects.toMatchObject({
      code: 'ERR_INVALID_ARGUMENT',
    });
  });
});
