/** R20-R28: reading. */
import { expect, test } from 'vitest';
import type { RangeOptions } from '../../engine/index.ts';
import { eachStore, expectRefused, keys, life, putAll, shown } from './stores.ts';

const FUTURE = 'etcdserver: mvcc: required revision is a future revision';
const ALL = { all: true } as const;

eachStore((store) => {
  const range = async (options: RangeOptions): Promise<string[]> =>
    keys((await store().range(ALL, options)).kvs);

  test('R20 revision 0 and below mean now, others that revision', async () => {
    await putAll(store(), 'a=1 b=1 a=2');
    await store().delete('b');
    const at = async (revision: number): Promise<string[]> =>
      shown((await store().range(ALL, { revision })).kvs);
    expect(await at(1)).toEqual([]);
    expect(await at(2)).toEqual(['a=1']);
    expect(await at(3)).toEqual(['a=1', 'b=1']);
    expect(await at(4)).toEqual(['a=2', 'b=1']);
    expect(await at(5)).toEqual(['a=2']);
    expect(await at(0)).toEqual(['a=2']);
    expect(await at(-1)).toEqual(['a=2']);
    expect(shown((await store().at(3).range(ALL)).kvs)).toEqual(['a=1', 'b=1']);
  });

  test('R20 a revision to come is refused, even for a missing key or a count', async () => {
    await store().put('a', '1');
    const revision = 3;
    const ways: (() => unknown)[] = [
      () => store().get('a', { revision }),
      () => store().get('missing', { revision }),
      () => store().getSync('a', { revision }),
      () => store().has('a', { revision }),
      () => store().range(ALL, { revision }),
      () => store().range({ gte: 'b', lt: 'a' }, { revision }),
      () => store().rangeSync(ALL, { revision, limit: 1 }),
      () => store().count(ALL, { revision }),
      () => store().iterate(ALL, { revision }).next(),
      () => store().at(revision).get('a'),
      () => store().write((tx) => tx.range(ALL, { revision })),
    ];
    for (const way of ways) await expectRefused(store(), way, 'ERR_FUTURE_REVISION', FUTURE);
  });

  test('R21 the revision in the answer is the current one, not the one asked for', async () => {
    await putAll(store(), 'a=1 b=1 c=1');
    expect((await store().range('a', { revision: 2 })).revision).toBe(4);
    expect((await store().range('missing')).revision).toBe(4);
  });

  test('R22 in key order; count is that of the range, before filters and limit', async () => {
    await putAll(store(), 'c=1 a=1 b=1 d=1');
    expect(await range({})).toEqual(['a', 'b', 'c', 'd']);
    expect(await range({ reverse: true })).toEqual(['d', 'c', 'b', 'a']);
    const result = await store().range({ lt: 'd' }, { limit: 1, minModRevision: 3 });
    expect([keys(result.kvs), result.count]).toEqual([['a'], 3]);
  });

  test('R23 a limit takes the first, and more says whether it cut something off', async () => {
    await putAll(store(), 'a=1 b=1 c=1');
    const limited = async (limit: number): Promise<unknown> => {
      const { kvs, more } = await store().range(ALL, { limit });
      return [kvs.length, more];
    };
    expect(await limited(0)).toEqual([3, false]);
    expect(await limited(-1)).toEqual([3, false]);
    expect(await limited(2)).toEqual([2, true]);
    expect(await limited(3)).toEqual([3, false]);
    expect(await limited(4)).toEqual([3, false]);
    expect(await limited(Number.MAX_SAFE_INTEGER)).toEqual([3, false]);
  });

  test('R24 count counts, now or then', async () => {
    await putAll(store(), 'a=1 ab=1 b=1');
    await store().delete('a');
    expect(await store().count(ALL)).toBe(2);
    expect(await store().count(ALL, { revision: 4 })).toBe(3);
    expect(await store().at(2).count(ALL)).toBe(1);
    expect(await store().count({ prefix: 'a' })).toBe(1);
    expect(await store().count('a')).toBe(0);
  });

  test('R25 keysOnly leaves out the value and nothing else', async () => {
    await putAll(store(), 'a=1 a=2');
    const [kv] = (await store().range(ALL, { keysOnly: true })).kvs;
    expect([kv?.key, kv?.value.length, life(kv), kv?.lease]).toEqual(['a', 0, [2, 3, 2], 0n]);
    expect(life(await store().get('a', { keysOnly: true }))).toEqual([2, 3, 2]);
    expect((await store().get('a', { keysOnly: true }))?.value.length).toBe(0);
  });

  test('R26 filters are inclusive, 0 is none, and they come before the limit', async () => {
    await putAll(store(), 'a=1 b=1 c=1 a=2 d=1');
    expect(await range({ minModRevision: 4 })).toEqual(['a', 'c', 'd']);
    expect(await range({ maxModRevision: 4 })).toEqual(['b', 'c']);
    expect(await range({ minCreateRevision: 4 })).toEqual(['c', 'd']);
    expect(await range({ maxCreateRevision: 2 })).toEqual(['a']);
    expect(await range({ maxModRevision: 0 })).toHaveLength(4);
    expect(await range({ maxModRevision: -1 })).toEqual([]);
    expect(await range({ minModRevision: -1 })).toHaveLength(4);
    const { kvs, count, more } = await store().range(ALL, { minModRevision: 4, limit: 2 });
    expect([keys(kvs), count, more]).toEqual([['a', 'c'], 4, true]);
    const all = await store().range(ALL, { minModRevision: 4, limit: 3 });
    expect([all.count, all.more]).toEqual([4, false]);
  });

  test('R27 a target without a direction is ascending', async () => {
    await putAll(store(), 'c=1 a=3 b=2');
    expect(await range({ sort: 'mod' })).toEqual(['c', 'a', 'b']);
    expect(await range({ sort: 'value' })).toEqual(['c', 'b', 'a']);
  });

  test('R28 by key, version, create, mod or value, over the whole range', async () => {
    await putAll(store(), 'c=1 a=9 b=5 b=5 b=5 b=5 c=1 a=9 a=9');
    expect(await range({ sort: 'key', reverse: true })).toEqual(['c', 'b', 'a']);
    expect(await range({ sort: 'version' })).toEqual(['c', 'a', 'b']);
    expect(await range({ sort: 'create', reverse: true })).toEqual(['b', 'a', 'c']);
    expect(await range({ sort: 'mod' })).toEqual(['b', 'c', 'a']);
    expect(await range({ sort: 'value', limit: 2 })).toEqual(['c', 'b']);
    expect(await range({ sort: 'value', keysOnly: true })).toEqual(['c', 'b', 'a']);
  });

  test('R28 values compare as unsigned bytes, and ties keep key order', async () => {
    await store().put('high', Uint8Array.of(0xff));
    await store().put('low', Uint8Array.of(0x7f, 0xff));
    expect(await range({ sort: 'value' })).toEqual(['low', 'high']);
    await store().delete(ALL);
    await putAll(store(), 'd=x b=x c=y a=x');
    expect(await range({ sort: 'value' })).toEqual(['a', 'b', 'd', 'c']);
    expect(await range({ sort: 'version', reverse: true })).toEqual(['a', 'b', 'c', 'd']);
  });
});
