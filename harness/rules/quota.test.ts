/** The quota (R154, R155), by live bytes: what is refused past it, what works all the same, and its end. */
import { describe, expect, test } from 'vitest';
import { type EmbeddedStore, open, openMemory } from '../../engine/index.ts';
import { memoryFs } from '../../engine/vfs/index.ts';

const QUOTA = 100_000;
const VALUE = 'v'.repeat(4000);
const NO_SPACE = {
  code: 'ERR_NO_SPACE',
  message: expect.stringContaining('etcdserver: mvcc: database space exceeded') as string,
};

const kinds: [string, () => Promise<EmbeddedStore>][] = [
  ['memory', () => openMemory({ quotaBytes: QUOTA })],
  ['directory', () => open('/store', { fs: memoryFs(), quotaBytes: QUOTA })],
];

/** Overwrites one key until that is refused; returns the bytes in use then. */
async function fill(store: EmbeddedStore, value = VALUE): Promise<number> {
  for (let count = 0; count < 1000; count++) {
    try {
      await store.put('key', value);
    } catch (error) {
      expect(error).toMatchObject(NO_SPACE);
      return (await store.status()).sizeInUseBytes;
    }
  }
  throw new Error('no put was refused');
}

describe.each(kinds)('%s', (_, openStore) => {
  test('R155 a put is refused if it would reach the quota, and that raises the alarm', async () => {
    await using store = await openStore();
    const used = await fill(store);
    const cost = 256 + 'key'.length + VALUE.length;
    expect(used + cost).toBeGreaterThanOrEqual(QUOTA);
    expect(used).toBeLessThan(QUOTA);
    expect((await store.status()).alarms).toEqual(['NOSPACE']);
    expect((await store.get('key'))?.text()).toBe(VALUE);
  });

  test('R154 under the alarm reads, deletes, compaction and transactions without puts work', async () => {
    await using store = await openStore();
    await fill(store);
    // Smaller ones are refused as well while the alarm is on.
    await expect(store.put('small', '')).rejects.toMatchObject(NO_SPACE);
    const writes = store.write((tx) => {
      tx.delete('key');
      tx.put('small', '');
    });
    await expect(writes).rejects.toMatchObject(NO_SPACE);
    await expect(
      store.txn({ then: [{ op: 'put', key: 'small', value: '' }] }),
    ).rejects.toMatchObject(NO_SPACE);
    expect(await store.count({ all: true })).toBe(1);
    const { responses } = await store.txn({ then: [{ op: 'range', selector: 'key' }] });
    expect(responses).toHaveLength(1);
    expect((await store.delete('key')).deleted).toBe(1);
    await store.compact(store.revision, { physical: true });
  });

  test('it ends by itself once there is room, but not at the very edge', async () => {
    await using store = await openStore();
    const value = 'v'.repeat(1000);
    const used = await fill(store, value);
    // One old value less: room for a small put, and still above 95 %.
    await store.compact(3, { physical: true });
    const { sizeInUseBytes, alarms } = await store.status();
    expect([sizeInUseBytes < used - 900, sizeInUseBytes > 0.95 * QUOTA]).toEqual([true, true]);
    expect(alarms).toEqual(['NOSPACE']);
    await expect(store.put('small', '')).rejects.toMatchObject(NO_SPACE);
    await store.compact(store.revision, { physical: true });
    expect((await store.status()).alarms).toEqual([]);
    await store.put('key', VALUE);
  });

  test('a refusal inside write() that was caught raises the alarm all the same', async () => {
    await using store = await openStore();
    await store.put('key', VALUE);
    const { result } = await store.write((tx) => {
      tx.put('kept', 'small');
      try {
        tx.put('large', 'v'.repeat(QUOTA));
      } catch {
        return 'caught';
      }
      return 'admitted';
    });
    expect(result).toBe('caught');
    expect((await store.get('kept'))?.text()).toBe('small');
    // There is room, so the next write ends it.
    await store.delete('kept');
    expect((await store.status()).alarms).toEqual([]);
  });
});

test('R153 the alarm survives a restart, and ends if the next session has a larger quota', async () => {
  const fs = memoryFs();
  const first = await open('/store', { fs, quotaBytes: QUOTA });
  await fill(first);
  await first.close();
  const again = await open('/store', { fs, quotaBytes: QUOTA });
  expect((await again.status()).alarms).toEqual(['NOSPACE']);
  await expect(again.put('small', '')).rejects.toMatchObject(NO_SPACE);
  await again.close();
  const larger = await open('/store', { fs, quotaBytes: 10 * QUOTA });
  expect((await larger.status()).alarms).toEqual([]);
  await larger.put('small', '');
  await larger.close();
});
