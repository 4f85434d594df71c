/** What the tests of backups share: a history, and all that can be read of a store. */
import type { EmbeddedStore, KeyValue } from '../../engine/index.ts';
import { putAll } from './stores.ts';

/** Everything that reads can tell of a store. */
export async function contents(store: EmbeddedStore): Promise<string[]> {
  const lines = [`revision ${store.revision}, compacted ${store.compactRevision}`];
  for await (const { type, kv } of store.history({ all: true })) lines.push(line(type, kv));
  for (const kv of (await store.range({ all: true })).kvs) lines.push(line('now', kv));
  return lines;
}

export async function someHistory(store: EmbeddedStore): Promise<void> {
  await putAll(store, 'a=1 b=1 a=2 big=x');
  await store.delete('b');
  await store.write((tx) => {
    for (let i = 0; i < 2000; i++) tx.put(`key${i}`, 'v'.repeat(i % 300));
  });
  await store.put('leased', 'v', { lease: 0n });
}

const line = (type: string, kv: KeyValue): string =>
  [type, kv.key, kv.createRevision, kv.modRevision, kv.version, kv.lease, kv.text()].join(' ');
