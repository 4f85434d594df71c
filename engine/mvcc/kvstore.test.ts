/** The multi-version store on a memory backend, and on a log backend across restarts. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LogBackend, MemoryBackend } from '../backend/index.ts';
import { AFTER_ALL_KEYS } from '../base/bytes.ts';
import { systemClock } from '../base/clock.ts';
import { silentLogger } from '../base/logger.ts';
import type { FileSystem } from '../vfs/index.ts';
import { memoryFs } from '../vfs/index.ts';
import { KvStore } from './kvstore.ts';

const ALL = { revision: 0, limit: 0, reverse: false, keysOnly: false, want: 'both' } as const;

function inMemory(): KvStore {
  const { index, restore } = KvStore.newIndex(() => 0.5);
  restore.finish();
  return new KvStore(MemoryBackend.open(), index);
}

async function onLog(fs: FileSystem): Promise<KvStore> {
  fs.makeDirectory('store');
  const { index, restore } = KvStore.newIndex(() => 0.5);
  const backend = await LogBackend.open({
    fs,
    directory: 'store',
    sync: 'commit',
    batchIntervalMs: 100,
    batchLimit: 1000,
    segmentSizeBytes: 4096,
    cacheSizeBytes: 8192,
    readOnly: false,
    clock: systemClock,
    random: () => 0.25,
    logger: silentLogger,
    index: restore,
  });
  return new KvStore(backend, index);
}

const contents = (kv: KvStore, revision = 0): string[] =>
  kv
    .range('\0', AFTER_ALL_KEYS, { ...ALL, revision })
    .kvs.map((found) => `${found.key}=${found.text()}@${found.modRevision}v${found.version}`);

describe('transactions', () => {
  test('R2, R5 one revision for all changes, subs in order', () => {
    const kv = inMemory();
    const tx = kv.write();
    expect([tx.rev(), tx.put('b', '1', 0n), tx.put('a', '2', 0n), tx.rev()]).toEqual([1, 2, 2, 2]);
    expect(tx.deleteRange('a', 'c')).toBe(2);
    expect(
      [0, 1, 2, 3].map((sub) => {
        const { type, kv: shown } = tx.eventOf(sub);
        return [type, shown.key, shown.modRevision];
      }),
    ).toEqual([
      ['put', 'b', 2],
      ['put', 'a', 2],
      ['delete', 'a', 2],
      ['delete', 'b', 2],
    ]);
    tx.end();
    expect([kv.rev(), contents(kv)]).toEqual([2, []]);
  });

  test('R3 a transaction without changes makes no revision', () => {
    const kv = inMemory();
    kv.write().end();
    expect(kv.deleteRange('nothing', undefined)).toBe(0);
    expect(kv.rev()).toBe(1);
  });

  test('R71 inside, the present shows the changes and a named revision does not', () => {
    const kv = inMemory();
    kv.put('a', 'old', 0n);
    const tx = kv.write();
    tx.put('a', 'new', 0n);
    expect(tx.get('a', 0, false)?.text()).toBe('new');
    expect(tx.get('a', 2, false)?.modRevision).toBe(2);
    expect(() => tx.get('a', 3, false)).toThrow('future revision');
    tx.rollback();
    expect(kv.get('a', 0, false)?.modRevision).toBe(2);
  });

  test('one at a time', () => {
    const kv = inMemory();
    const tx = kv.write();
    expect(() => kv.write()).toThrow('open');
    tx.end();
  });
});

/** A transaction: puts and deletes of a few keys, kept or taken back. */
const transactions = fc.array(
  fc.record({
    changes: fc.array(
      fc.tuple(fc.constantFrom('a', 'b', 'c', 'dd'), fc.boolean(), fc.string({ maxLength: 300 })),
      { maxLength: 5 },
    ),
    keep: fc.boolean(),
  }),
  { maxLength: 12 },
);

describe('rollback and restart', () => {
  test('what was rolled back was never there, and a restart changes nothing', async () => {
    await fc.assert(
      fc.asyncProperty(transactions, async (played) => {
        const fs = memoryFs();
        const kv = await onLog(fs);
        const twin = inMemory();
        for (const { changes, keep } of played) {
          for (const store of keep ? [kv, twin] : [kv]) {
            const tx = store.write();
            for (const [key, remove, value] of changes) {
              if (remove) tx.deleteRange(key, undefined);
              else tx.put(key, value, 0n);
            }
            if (keep) tx.end();
            else tx.rollback();
          }
          expect([kv.rev(), kv.index.equal(twin.index)]).toEqual([twin.rev(), true]);
        }
        await kv.close();
        const reopened = await onLog(fs);
        expect(reopened.index.equal(twin.index)).toBe(true);
        for (let revision = 1; revision <= twin.rev(); revision++) {
          expect(contents(reopened, revision)).toEqual(contents(twin, revision));
        }
        reopened.restore();
        expect(reopened.index.equal(twin.index)).toBe(true);
        await reopened.close();
      }),
      { numRuns: 40 },
    );
  });

  test('the consistent index goes with its transaction', async () => {
    const fs = memoryFs();
    const kv = await onLog(fs);
    const tx = kv.write();
    tx.put('a', '1', 0n);
    tx.setConsistentIndex(7);
    tx.end();
    const undone = kv.write();
    undone.setConsistentIndex(9);
    undone.rollback();
    expect(kv.consistentIndex()).toBe(7);
    kv.commit();
    await kv.close();
    const reopened = await onLog(fs);
    expect(reopened.consistentIndex()).toBe(7);
    await reopened.close();
  });
});
