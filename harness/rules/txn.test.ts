/** R60, R66-R68: which transactions are refused before anything runs, and which odd ones are not. */
import { expect, test } from 'vitest';
import {
  del,
  get,
  type Op,
  openMemory,
  put,
  type TxnOp,
  type TxnRequest,
  version,
} from '../../engine/index.ts';
import { eachStore, expectRefused, life, putAll } from './stores.ts';

const nest = (...then: Op[]): TxnOp => ({ op: 'txn', txn: { then } });
const either = (yes: Op[], no: Op[]): TxnOp => ({ op: 'txn', txn: { then: yes, else: no } });
const puts = (count: number): Op[] => Array.from({ length: count }, (_, i) => put(`k${i}`, 'v'));
const ranges = (count: number): Op[] => Array.from({ length: count }, () => get('k'));

eachStore((store) => {
  const expectTooMany = (request: TxnRequest): Promise<void> =>
    expectRefused(
      store(),
      () => store().txn(request),
      'ERR_TOO_MANY_OPS',
      'etcdserver: too many operations in txn request',
    );
  const expectDuplicate = (...then: Op[]): Promise<void> =>
    expectRefused(
      store(),
      () => store().txn({ then }),
      'ERR_DUPLICATE_KEY',
      'etcdserver: duplicate key given in txn request',
    );

  test('R60 each list holds at most 128, and what is used is not there for children', async () => {
    expect((await store().txn({ then: puts(128) })).responses.length).toBe(128);
    await expectTooMany({ then: puts(129) });
    await expectTooMany({ else: puts(129) });
    await expectTooMany({ if: Array.from({ length: 129 }, () => version('a').eq(0)) });
    const spread = { if: [version('a').eq(0)], then: puts(128), else: puts(128) };
    expect((await store().txn(spread)).succeeded).toBe(true);
    const parent = (child: Op): TxnRequest => ({ then: [...puts(99), child] });
    expect((await store().txn(parent(nest(...ranges(28))))).succeeded).toBe(true);
    await expectTooMany(parent(nest(...ranges(29))));
    await expectTooMany(parent(either([], ranges(29))));
    expect((await store().txn(parent(nest(...ranges(20), nest(...ranges(7)))))).succeeded).toBe(
      true,
    );
    await expectTooMany(parent(nest(...ranges(20), nest(...ranges(8)))));
  });

  test('R60 the limit is an option, and write() has none', async () => {
    await using small = await openMemory({ maxTxnOps: 2 });
    await expectRefused(small, () => small.txn({ then: puts(3) }), 'ERR_TOO_MANY_OPS');
    expect((await small.txn({ then: puts(2) })).revision).toBe(2);
    await small.write((tx) => {
      for (let i = 0; i < 300; i++) tx.put(`k${i}`, 'v');
    });
    expect(small.revision).toBe(3);
  });

  test('R60 every operation is checked, in the branch not taken too', async () => {
    const wrong: [Op, string][] = [
      [put('', 'v'), 'ERR_EMPTY_KEY'],
      [get({ gte: '' }), 'ERR_EMPTY_KEY'],
      [del(''), 'ERR_EMPTY_KEY'],
      [put('a', 'v', { ignoreValue: true }), 'ERR_VALUE_PROVIDED'],
      [put('a', '', { ignoreLease: true, lease: 1n }), 'ERR_LEASE_PROVIDED'],
      [put('a', 'v'.repeat(1_572_864)), 'ERR_REQUEST_TOO_LARGE'],
      [get('a', { limit: 0.5 }), 'ERR_INVALID_ARGUMENT'],
      [get('a', { sort: 'size' as 'key' }), 'ERR_INVALID_ARGUMENT'],
      [get('a', { minModRevision: Number.NaN }), 'ERR_INVALID_ARGUMENT'],
      [del({ prefix: 'a' }, { ifModRevision: 1 }), 'ERR_INVALID_ARGUMENT'],
      [put('a', 'v', { ifModRevision: '1' as unknown as number }), 'ERR_INVALID_ARGUMENT'],
      [put('a', 7 as unknown as string), 'ERR_INVALID_ARGUMENT'],
      [{ op: 'move' } as unknown as Op, 'ERR_INVALID_ARGUMENT'],
      [null as unknown as Op, 'ERR_INVALID_ARGUMENT'],
      [{ op: 'txn' } as unknown as Op, 'ERR_INVALID_ARGUMENT'],
      [{ op: 'txn', txn: { then: get('a') } } as unknown as Op, 'ERR_INVALID_ARGUMENT'],
    ];
    for (const [op, code] of wrong) {
      for (const request of [{ then: [op] }, { else: [op] }, { then: [either([], [op])] }]) {
        const ask = (): unknown => store().txn(request);
        await expectRefused(store(), ask, code as 'ERR_EMPTY_KEY');
      }
    }
    const compare = { if: [version('').eq(0)] };
    await expectRefused(store(), () => store().txn(compare), 'ERR_EMPTY_KEY');
  });

  test('R60 the checks come in order: how many, compares, operations, duplicates', async () => {
    await expectTooMany({ if: [version('').eq(0)], then: puts(129) });
    const compareFirst = { if: [version('').eq(0)], then: [put('a', 'v', { ignoreValue: true })] };
    await expectRefused(store(), () => store().txn(compareFirst), 'ERR_EMPTY_KEY');
    const opsFirst = { then: [put('a', '1'), put('a', '1')], else: [get('')] };
    await expectRefused(store(), () => store().txn(opsFirst), 'ERR_EMPTY_KEY');
    // What depends on the store comes last.
    await expectDuplicate(put('a', '1', { lease: 5n }), put('a', '2'));
  });

  test('R66 a key is put at most once in a branch, and not where a delete reaches', async () => {
    await expectDuplicate(put('a', '1'), put('a', '2'));
    await expectDuplicate(put('é', '1'), put(Uint8Array.of(0xc3, 0xa9), '2'));
    await expectDuplicate(put('a', '1'), del('a'));
    await expectDuplicate(del('a'), put('a', '1'));
    await expectDuplicate(del({ gte: 'a', lt: 'c' }), put('b', '1'));
    await expectDuplicate(put('ab', '1'), del({ prefix: 'a' }));
    await expectDuplicate(del({ lte: 'b' }), del({ gt: 'c', lt: 'e' }), put('d', '1'));
    await expectDuplicate(del({ gte: 'a', lt: 'c' }), del({ gte: 'b', lt: 'd' }), put('c', '1'));
    const untaken = { else: [put('a', '1'), put('a', '2')] };
    await expectRefused(store(), () => store().txn(untaken), 'ERR_DUPLICATE_KEY');
  });

  test('R66 branches exclude each other, reads and overlapping deletes are free', async () => {
    const fine: TxnRequest[] = [
      { then: [put('a', '1')], else: [put('a', '2')] },
      { then: [put('a', '1'), get('a'), get({ all: true })] },
      { then: [del({ prefix: 'a' }), del({ prefix: 'a' }), del('a')] },
      { then: [del({ gte: 'a', lt: 'c' }), put('c', '1')] },
      { then: [del({ gte: 'c', lt: 'a' }), put('b', '1')] },
      { then: [del({ gt: 'a', lt: 'b' }), put('a', '1')] },
      { then: [either([put('a', '1')], [put('a', '2')])] },
      { then: [either([del('a')], [del('a')]), del('a')] },
    ];
    for (const request of fine) expect((await store().txn(request)).succeeded).toBe(true);
  });

  test('R66 what children write counts as written', async () => {
    await expectDuplicate(put('a', '1'), nest(put('a', '2')));
    await expectDuplicate(nest(put('a', '1')), nest(put('a', '2')));
    await expectDuplicate(either([put('a', '1')], []), either([], [put('a', '2')]));
    await expectDuplicate(del('a'), nest(put('a', '1')));
    await expectDuplicate(nest(del({ prefix: 'a' })), put('a', '1'));
    await expectDuplicate(nest(del('a')), nest(put('a', '1')));
    await expectDuplicate(either([put('a', '1')], [del('a')]));
    await expectDuplicate(nest(nest(nest(put('a', '1')))), put('a', '2'));
  });

  test('R67 one child puts, a later one deletes: both happen, in order', async () => {
    const both: TxnRequest = { then: [nest(put('a', '1')), nest(del('a'), get('a'))] };
    const { revision, responses } = await store().txn(both);
    expect([revision, responses]).toMatchObject([
      2,
      [{ responses: [{ revision: 2 }] }, { responses: [{ deleted: 1 }, { count: 0 }] }],
    ]);
    expect(await store().get('a', { revision: 2 })).toBeUndefined();
    expect((await store().put('a', '2')).revision).toBe(3);
    expect(life(await store().get('a'))).toEqual([3, 3, 1]);
  });

  test('R67 a delete without an upper end and a put may meet, in either order', async () => {
    await putAll(store(), 'a=0 b=0');
    const result = await store().txn({
      then: [del({ gte: 'a' }, { prevKv: true }), put('b', '1', { prevKv: true }), get('b')],
    });
    if (!result.succeeded) expect.fail();
    const { responses } = result;
    expect(responses).toMatchObject([
      { deleted: 2, prevKvs: [{ key: 'a' }, { key: 'b' }] },
      { revision: 4 },
      { kvs: [{ key: 'b', createRevision: 4, modRevision: 4, version: 1 }] },
    ]);
    expect(responses[1].prevKv).toBeUndefined();
    const events = [];
    for await (const { type, kv } of store().history({ all: true }, { from: 4 })) {
      events.push(`${type} ${kv.key}`);
    }
    expect(events).toEqual(['delete a', 'delete b', 'put b']);
    await store().txn({ then: [put('c', '1'), del({ all: true })] });
    expect(await store().count({ all: true })).toBe(0);
    expect(store().revision).toBe(5);
  });

  test('R67 compacting at a revision that wrote a key several times keeps the last of it', async () => {
    await putAll(store(), 'a=0 b=0');
    await store().txn({ then: [del({ gte: 'b' }), put('b', '1')] });
    await store().txn({ then: [nest(put('a', '1')), nest(del('a'))] });
    await store().put('c', '1');
    await store().compact(4, { physical: true });
    expect((await store().get('b', { revision: 4 }))?.text()).toBe('1');
    expect((await store().get('a', { revision: 4 }))?.text()).toBe('0');
    await store().compact(5, { physical: true });
    expect(await store().get('a', { revision: 5 })).toBeUndefined();
    expect(life(await store().get('b', { revision: 5 }))).toEqual([4, 4, 1]);
  });

  test('R68 a kept value that a delete has taken away is an error, and nothing happens', async () => {
    await putAll(store(), 'a=0 b=0');
    for (const options of [{ ignoreValue: true }, { ignoreLease: true }]) {
      const request = { then: [put('c', '1'), del({ gte: 'a' }), put('b', '', options)] };
      await expectRefused(store(), () => store().txn(request), 'ERR_KEY_NOT_FOUND');
    }
    expect(await store().count({ all: true })).toBe(2);
    expect((await store().put('d', '1')).revision).toBe(4);
    expect(life(await store().get('a'))).toEqual([2, 2, 1]);
  });
});
