/**
 * The rules of SEMANTICS, one by one, through the public door, against a store in memory and a store in
 * a directory. Here they are written by hand, as a user would check them; `spec/` states them all at
 * once, and `harness/properties` compares.
 *
 * Left out, because an embedded store has no such thing or another test has it: R6, R7 (encoding of
 * records: backend), R14 (headers of answers on the wire), lease revoke in R2, R3 and R5, and leases in
 * R42 and R43 as far as one would have to exist. R29-R32 are about requests that this API cannot make.
 */
import { afterEach, beforeEach, describe, expect } from 'vitest';
import {
  type EmbeddedStore,
  type ErrorCode,
  type KeyValue,
  open,
  openMemory,
  VarveError,
} from '../../engine/index.ts';
import { memoryFs } from '../../engine/vfs/index.ts';

/** Runs the suite on each kind of store; `store()` is a fresh one for every test. */
export function eachStore(suite: (store: () => EmbeddedStore) => void): void {
  const kinds: [string, () => Promise<EmbeddedStore>][] = [
    ['memory', () => openMemory()],
    ['directory', () => open('/store', { fs: memoryFs() })],
  ];
  describe.each(kinds)('%s', (_, openStore) => {
    let store: EmbeddedStore;
    beforeEach(async () => {
      store = await openStore();
    });
    afterEach(() => store.close());
    suite(() => store);
  });
}

/** `key=value` of each, in order. */
export function shown(kvs: readonly KeyValue[]): string[] {
  return kvs.map((kv) => `${kv.key}=${kv.text()}`);
}

export function keys(kvs: readonly KeyValue[]): string[] {
  return kvs.map(({ key }) => key);
}

/** [create, mod, version] */
export function life(kv: KeyValue | undefined): number[] | undefined {
  return kv && [kv.createRevision, kv.modRevision, kv.version];
}

/** Puts keys one after another: `a=1 b=2` makes two revisions. */
export async function putAll(store: EmbeddedStore, pairs: string): Promise<void> {
  for (const pair of pairs.split(' ')) {
    const [key, value = ''] = pair.split('=') as [string, string?];
    await store.put(key, value);
  }
}

/** Refused with this code and, if etcd has a text for it, that text; and nothing has changed. */
export async function expectRefused(
  store: EmbeddedStore,
  ask: () => unknown,
  code: ErrorCode,
  text = '',
): Promise<void> {
  const before = store.revision;
  const error: unknown = await Promise.resolve()
    .then(ask)
    .then(
      () => undefined,
      (error: unknown) => error,
    );
  expect(error).toBeInstanceOf(VarveError);
  const { code: actual, message } = error as VarveError;
  expect([actual, message]).toEqual([code, expect.stringContaining(text)]);
  expect(store.revision).toBe(before);
}
