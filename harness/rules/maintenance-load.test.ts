/** Everything at once, over many small segments: traffic, compaction, cleaning, backups, verification. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { limits } from '../../engine/base/limits.ts';
import { type EmbeddedStore, open, restore, verify } from '../../engine/index.ts';
import { memoryFs } from '../../engine/vfs/index.ts';
import { contents } from './backups.ts';

const SOUND = { ok: true, problems: [] };
const OPTIONS = { segmentSizeBytes: 16 * 1024, cacheSizeBytes: 0 };
const usual = { ...limits };
beforeAll(() => void (limits.segmentSizeBytesMin = 8 * 1024));
afterAll(() => void Object.assign(limits, usual));

/** Numbers in [0, 1), the same for the same seed. */
function sequence(seed: number): () => number {
  let state = seed * 7919;
  return () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return state / 2 ** 32;
  };
}

async function traffic(
  store: EmbeddedStore,
  random: () => number,
  over: AbortSignal,
): Promise<void> {
  const key = (): string => `k${Math.floor(random() * 80)}`;
  while (!over.aborted) {
    const dice = random();
    const behind = store.revision - Math.floor(random() * 20);
    if (dice < 0.6) await store.put(key(), 'v'.repeat(Math.floor(random() * 500)));
    else if (dice < 0.7) await store.delete({ prefix: key() });
    else if (dice < 0.8) {
      await store.write((tx) => {
        for (let i = 0; i < 30; i++) tx.put(key(), String(i));
        tx.delete(key());
      });
    } else if (dice < 0.83 && behind > store.compactRevision) {
      await store.compact(behind, { physical: random() < 0.5 });
    } else if (dice < 0.85) await store.defragment();
    await new Promise(setImmediate);
  }
}

test.each([1, 2, 3])('seed %i: backups show one moment, and verify finds nothing', async (seed) => {
  const fs = memoryFs();
  const random = sequence(seed);
  for (let session = 0; session < 3; session++) {
    const store = await open('/store', { fs, ...OPTIONS });
    const over = new AbortController();
    const busy = traffic(store, random, over.signal);
    for (let look = 0; look < 3; look++) {
      const before = store.revision;
      do await new Promise((resolve) => setTimeout(resolve, 20));
      while (store.revision < before + 5);
      const name = `${session}-${look}`;
      const expected = store.rangeSync({ all: true }).kvs.map(({ modRevision }) => modRevision);
      const { revision } = await store.backup(`/copy-${name}`);
      await restore(`/copy-${name}`, `/restored-${name}`, { fs });
      const restored = await open(`/restored-${name}`, { fs, readOnly: true });
      const { kvs } = restored.rangeSync({ all: true });
      expect(kvs.map(({ modRevision }) => modRevision)).toEqual(expected);
      expect(restored.revision).toBe(revision);
      expect(await contents(restored)).not.toHaveLength(1);
      await restored.close();
      expect(await verify(`/restored-${name}`, { fs })).toEqual(SOUND);
      expect(await store.verify()).toEqual(SOUND);
    }
    over.abort();
    await busy;
    await store.close();
    expect(await verify('/store', { fs })).toEqual(SOUND);
  }
});
