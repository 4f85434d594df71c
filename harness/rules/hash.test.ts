/** R140-R145: HashKV, by numbers that a real etcd answered and by the specification. */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  CompactedError,
  del,
  type EmbeddedStore,
  open,
  openMemory,
  put,
} from '../../engine/index.ts';
import { limits } from '../../engine/base/limits.ts';
import { memoryFs } from '../../engine/vfs/index.ts';
import { hashKv } from '../../spec/hash-kv.ts';
import type { Change } from '../../spec/history.ts';
import { eachStore, expectRefused, putAll } from './stores.ts';

const EMPTY = 1_084_519_789;

async function hashOf(store: EmbeddedStore, revision?: number): Promise<number> {
  return (await store.hashKv(revision)).hash;
}

/** Two puts of `a`, then `b` comes and goes between two more; ends at revision 7. */
async function comeAndGo(store: EmbeddedStore): Promise<void> {
  await putAll(store, 'a=1 a=2 b=1 a=3');
  await store.delete('b');
  await store.put('a', '4');
}

eachStore((store) => {
  test('R140 0 is the current revision, a future one is refused, a negative one is empty', async () => {
    await store().put('a', '1');
    for (const revision of [undefined, 0, 2]) {
      expect(await hashOf(store(), revision)).toBe(2_587_454_935);
    }
    expect(await hashOf(store(), 1)).toBe(EMPTY);
    expect(await hashOf(store(), -1)).toBe(EMPTY);
    await expectRefused(store(), () => store().hashKv(3), 'ERR_FUTURE_REVISION');
    await expectRefused(store(), () => store().hashKv(0.5), 'ERR_INVALID_ARGUMENT');
  });

  test('R140 revisions and messages are hashed as etcd encodes them', async () => {
    await store().put(Buffer.from('00ff80', 'hex'), Buffer.from('fffefd', 'hex'));
    await store().put('long', 'z'.repeat(300));
    expect(await hashOf(store())).toBe(3_358_930_559);
  });

  test('R140 sub revisions count', async () => {
    const names = Array.from({ length: 128 }, (_, i) => String(i).padStart(4, '0'));
    await store().txn({ then: names.map((name) => put(`k${name}`, `v${name}`)) });
    expect(await hashOf(store())).toBe(1_544_866_694);
  });

  test('R140 R145 compacted revisions are refused, the last of them is not', async () => {
    await comeAndGo(store());
    await store().compact(4);
    const refused: unknown = await store()
      .hashKv(3)
      .catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(CompactedError);
    expect((refused as CompactedError).compactRevision).toBe(4);
    expect(await hashOf(store(), -1)).toBe(EMPTY);
    expect(await store().hashKv(4)).toMatchObject({ compactRevision: 4, revision: 7 });
  });

  test('R141 of what is compacted only what the hashed revision sees counts', async () => {
    await comeAndGo(store());
    await store().compact(4, { physical: true });
    expect(await hashOf(store(), 5)).toBe(2_948_815_330);
    expect(await hashOf(store(), 6)).toBe(1_238_771_124);
    expect(await hashOf(store(), 7)).toBe(727_805_652);
  });

  test('R141 if the hashed revision sees nothing, whatever is left counts', async () => {
    await store().put('a', '1');
    await store().delete('a');
    await store().put('b', '1');
    await store().delete('b');
    await store().compact(4, { physical: true });
    expect(await hashOf(store())).toBe(789_700_534);
  });

  test('R142 R145 a tombstone counts above the compacted revision, and not at it', async () => {
    await putAll(store(), 'a=1 b=1');
    await store().delete('b');
    await store().put('c', '1');
    const before = await hashOf(store());
    await store().compact(4, { physical: true });
    expect(await hashOf(store())).toBe(2_741_284_441);
    expect(before).not.toBe(2_741_284_441);
  });

  test('R143 the answer names the compacted and the current revision', async () => {
    expect(await store().hashKv()).toEqual({ hash: EMPTY, compactRevision: -1, revision: 1 });
    await comeAndGo(store());
    await store().compact(4);
    expect(await store().hashKv(6)).toMatchObject({ compactRevision: 4, revision: 7 });
  });

  test('R143 later writes and defragmentation change nothing', async () => {
    await putAll(store(), 'a=1 b=1');
    const before = await hashOf(store(), 3);
    await store().put('a', '2');
    await store().delete('b');
    await store().defragment();
    expect(await hashOf(store(), 3)).toBe(before);
  });

  test('R143 a write that is not answered yet is hashed or is not, and never in part', async () => {
    const names = Array.from({ length: 100 }, (_, i) => `k${i}`);
    const write = store().txn({ then: names.map((name) => put(name, '1')) });
    const { hash, revision } = await store().hashKv();
    expect(revision).toBe(2);
    await write;
    await store().txn({ then: names.map((name) => del(name)) });
    expect(await hashOf(store(), 2)).toBe(hash);
  });
});

test('R143 what is written, deleted and compacted while a hash is made does not change it', async () => {
  const { backgroundSliceBytes } = limits;
  // A rest at each record.
  limits.backgroundSliceBytes = 1;
  await using store = await openMemory();
  try {
    for (let i = 0; i < 40; i++) await store.put(`k${i % 10}`, String(i));
    await store.compact(20, { physical: true });
    const expected = await store.hashKv();
    const hash = store.hashKv();
    await store.delete({ all: true });
    const removed = store.compact(store.revision, { physical: true });
    await store.put('k0', 'again');
    expect(await hash).toEqual(expected);
    await removed;
    expect(await store.hashKv()).not.toEqual(expected);
  } finally {
    limits.backgroundSliceBytes = backgroundSliceBytes;
  }
});

/** A list is a transaction; a key put twice in one revision is what `write` can do. */
const transactions = fc.array(
  fc.array(
    fc.record({
      key: fc.constantFrom('a', 'b', 'c', 'd'),
      value: fc.option(fc.constantFrom('', 'x', 'long'.repeat(40)), { nil: undefined }),
    }),
    { minLength: 1, maxLength: 4 },
  ),
  { minLength: 1, maxLength: 25 },
);

test('R144 R145 is what the specification says, before compaction removed anything and after', async () => {
  const kinds = fc.constantFrom('memory', 'directory');
  const share = fc.double({ min: 0, max: 1, noNaN: true });
  await fc.assert(fc.asyncProperty(kinds, transactions, share, check), { numRuns: 150 });
});

async function check(kind: string, writes: Writes, share: number): Promise<void> {
  const fs = memoryFs();
  let store = kind === 'memory' ? await openMemory() : await open('/store', { fs });
  const changes = await written(store, writes);
  const { revision: current } = store;
  const compacted = Math.floor(share * current);
  const expected = new Map<number, number>();
  for (let revision = Math.max(compacted, 1); revision <= current; revision++) {
    expected.set(revision, hashKv(changes, compacted, revision));
  }
  const hashes = async (): Promise<Map<number, number>> => {
    const found = new Map<number, number>();
    for (const revision of expected.keys()) found.set(revision, await hashOf(store, revision));
    return found;
  };
  // Reading from the beginning holds the removal back.
  const snapshot = await store.snapshot({ revision: 1 });
  const removed = store.compact(compacted, { physical: true });
  expect(await hashes()).toEqual(expected);
  await snapshot[Symbol.asyncDispose]();
  await removed;
  expect(await hashes()).toEqual(expected);
  await store.put('later', '1');
  await store.defragment();
  if (kind === 'directory') {
    await store.close();
    store = await open('/store', { fs });
  }
  expect(await hashes()).toEqual(expected);
  await store.close();
}

type Writes = readonly (readonly { readonly key: string; readonly value: string | undefined }[])[];

/** Performs the writes and returns all changes. */
async function written(store: EmbeddedStore, writes: Writes): Promise<Change[]> {
  for (const steps of writes) {
    await store.write((tx) => {
      for (const { key, value } of steps) {
        if (value === undefined) tx.delete(key);
        else tx.put(key, value);
      }
    });
  }
  const changes: Change[] = [];
  for await (const { type, kv, revision } of store.history({ all: true })) {
    const { key, lease } = kv;
    if (type === 'delete') changes.push({ type, key, revision });
    else changes.push({ type, key, revision, value: kv.text(), lease });
  }
  return changes;
}
