/**
 * A small writer: a handful of puts, deletes and transactions every few milliseconds, over few keys. It keeps
 * the list of what it made. A transaction changes a key once, so that no compaction takes a part of one.
 */
import { setTimeout } from 'node:timers/promises';
import type { EmbeddedStore } from '../../engine/index.ts';
import type { Change } from '../../spec/history.ts';
import type { Chronicle } from '../../spec/guarantees/chronicle.ts';

const KEYS = 400;
const VALUE_BYTES_MAX = 200;
const CHANGES_MAX = 4;
const WRITES_AT_ONCE = 8;
const PAUSE_MS = 4;

/** Until told to stop. */
export async function writeUntil(
  stopped: AbortSignal,
  store: EmbeddedStore,
  chronicle: Chronicle,
  random: () => number,
): Promise<void> {
  let count = 0;
  while (!stopped.aborted) {
    const writes = Array.from({ length: WRITES_AT_ONCE }, () =>
      write(store, chronicle, random, `${count++}`),
    );
    await Promise.all(writes);
    await setTimeout(PAUSE_MS);
  }
}

async function write(
  store: EmbeddedStore,
  chronicle: Chronicle,
  random: () => number,
  text: string,
): Promise<void> {
  const revision = store.revision + 1;
  const keys = new Set<string>();
  const wanted = random() < 0.3 ? 1 + Math.floor(random() * CHANGES_MAX) : 1;
  while (keys.size < wanted) keys.add(`key-${Math.floor(random() * KEYS)}`);
  const changes = [...keys].map((key): Change => {
    // Deleting what is not there would be no change (R3).
    if (random() < 0.2 && chronicle.alive.has(key)) return { type: 'delete', revision, key };
    const value = text.padEnd(Math.floor(random() * VALUE_BYTES_MAX), '.');
    return { type: 'put', revision, key, value, lease: 0n };
  });
  chronicle.add(changes);
  await store.write((tx) => {
    for (const change of changes) {
      if (change.type === 'delete') tx.delete(change.key);
      else tx.put(change.key, change.value);
    }
  });
}
