/** R40-R44, R50, R51: put and delete. */
import { expect, test } from 'vitest';
import type { ErrorCode, PutOptions } from '../../engine/index.ts';
import { eachStore, expectRefused, life, putAll, shown } from './stores.ts';

const LIMIT = 1_572_864;

eachStore((store) => {
  test('R40 the checks of a put come in this order', async () => {
    const wrong: PutOptions = { ignoreValue: true, ignoreLease: true, lease: 7n };
    const refused: [string, string, PutOptions, ErrorCode, string][] = [
      ['', 'v', wrong, 'ERR_EMPTY_KEY', 'etcdserver: key is not provided'],
      ['a', 'v', wrong, 'ERR_VALUE_PROVIDED', 'etcdserver: value is provided'],
      ['a', '', wrong, 'ERR_LEASE_PROVIDED', 'etcdserver: lease is provided'],
      ['a', 'v'.repeat(LIMIT), { lease: 7n }, 'ERR_REQUEST_TOO_LARGE', 'request is too large'],
      [
        'a',
        '',
        { lease: 7n, ignoreValue: true },
        'ERR_LEASE_NOT_FOUND',
        'etcdserver: requested lease not found',
      ],
      ['a', '', { ignoreValue: true }, 'ERR_KEY_NOT_FOUND', 'etcdserver: key not found'],
      ['a', 'v', { ignoreLease: true }, 'ERR_KEY_NOT_FOUND', 'etcdserver: key not found'],
    ];
    for (const [key, value, options, code, text] of refused) {
      await expectRefused(store(), () => store().put(key, value, options), code, text);
    }
    expect(await store().count({ all: true })).toBe(0);
  });

  test('R40 no lease exists, so every lease is refused, and 0 is none', async () => {
    for (const lease of [1n, -1n, 2n ** 63n - 1n]) {
      await expectRefused(store(), () => store().put('a', '1', { lease }), 'ERR_LEASE_NOT_FOUND');
      const inside = (): unknown => store().write((tx) => tx.put('a', '1', { lease }));
      await expectRefused(store(), inside, 'ERR_LEASE_NOT_FOUND');
    }
    await store().put('a', '1', { lease: 0n });
    expect((await store().get('a'))?.lease).toBe(0n);
  });

  test('R41 a put answers its revision and, if asked, what was there before', async () => {
    expect(await store().put('a', '1', { prevKv: true })).toEqual({ revision: 2 });
    const { revision, prevKv } = await store().put('a', '2', { prevKv: true });
    expect([revision, prevKv?.text(), life(prevKv)]).toEqual([3, '1', [2, 2, 1]]);
    expect(await store().put('a', '3')).toEqual({ revision: 4 });
    await store().delete('a');
    expect(await store().put('a', '4', { prevKv: true })).toEqual({ revision: 6 });
  });

  test('R42 ignoreValue and ignoreLease keep what is there and touch the key', async () => {
    await store().put('a', '1');
    await store().put('a', '', { ignoreValue: true });
    await store().put('a', '', { ignoreValue: true, ignoreLease: true });
    const touched = await store().get('a');
    expect([touched?.text(), life(touched), touched?.lease]).toEqual(['1', [2, 4, 3], 0n]);
    await store().put('a', '2', { ignoreLease: true });
    expect((await store().get('a'))?.text()).toBe('2');
    await store().delete('a');
    const gone = (): unknown => store().put('a', '', { ignoreValue: true });
    await expectRefused(store(), gone, 'ERR_KEY_NOT_FOUND');
  });

  test('R43 a put without a lease leaves the key without one', async () => {
    await putAll(store(), 'a=1 a=2');
    expect((await store().get('a'))?.lease).toBe(0n);
  });

  test('R44 key and value together may hold 1.5 MiB', async () => {
    const text = 'etcdserver: request is too large';
    const most = 'v'.repeat(LIMIT - 1);
    const over = `${most}v`;
    await expectRefused(store(), () => store().put('a', over), 'ERR_REQUEST_TOO_LARGE', text);
    const inside = (): unknown => store().write((tx) => tx.put('a', over));
    await expectRefused(store(), inside, 'ERR_REQUEST_TOO_LARGE', text);
    // Bytes count, not characters.
    const wide = 'é'.repeat(LIMIT / 2);
    await expectRefused(store(), () => store().put('a', wide), 'ERR_REQUEST_TOO_LARGE', text);
    await store().put('a', most);
    expect((await store().get('a'))?.value.length).toBe(LIMIT - 1);
  });

  test('R50 a delete answers how many, and its revision if there were any', async () => {
    await putAll(store(), 'c=3 a=1 b=2 d=4');
    expect(await store().delete('missing', { prevKv: true })).toEqual({
      revision: 5,
      deleted: 0,
      prevKvs: [],
    });
    const { revision, deleted, prevKvs } = await store().delete({ lt: 'd' }, { prevKv: true });
    expect([revision, deleted]).toEqual([6, 3]);
    expect(shown(prevKvs)).toEqual(['a=1', 'b=2', 'c=3']);
    expect(prevKvs.map(life)).toEqual([
      [3, 3, 1],
      [4, 4, 1],
      [2, 2, 1],
    ]);
    expect((await store().delete('d')).prevKvs).toEqual([]);
    expect(await store().delete('d')).toEqual({ revision: 7, deleted: 0, prevKvs: [] });
  });

  test('R51 each key removed gets a tombstone, in key order, all in one revision', async () => {
    await putAll(store(), 'b=1 a=1 c=1');
    await store().delete({ all: true });
    const deleted = [];
    for await (const { type, kv, revision } of store().history({ all: true }, { from: 5 })) {
      deleted.push([type, kv.key, revision, kv.modRevision]);
    }
    expect(deleted).toEqual([
      ['delete', 'a', 5, 5],
      ['delete', 'b', 5, 5],
      ['delete', 'c', 5, 5],
    ]);
    expect(await store().count({ all: true }, { revision: 4 })).toBe(3);
  });

  test('what was given may be written over as soon as the call returns', async () => {
    for (const bytes of [Buffer.from('kept'), new Uint8Array(Buffer.from('kept'))]) {
      const put = store().put('a', bytes);
      bytes.fill(0xee);
      await put;
      expect((await store().get('a'))?.text()).toBe('kept');
    }
  });
});
