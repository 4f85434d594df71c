/** R69-R74: what happens on the way, and what is answered. */
import { expect, expectTypeOf, test } from 'vitest';
import {
  absent,
  ConflictError,
  del,
  type DeleteResult,
  exists,
  get,
  open,
  openMemory,
  type Op,
  put,
  type PutResult,
  type RangeResult,
  type TxnRequest,
  type TxnResult,
  version,
} from '../../engine/index.ts';
import { memoryFs } from '../../engine/vfs/index.ts';
import { eachStore, expectRefused, life, putAll, shown } from './stores.ts';

const putAndRead = (revision: number): TxnRequest => ({
  then: [put('b', '1'), get('a', { revision })],
});

eachStore((store) => {
  test('R69 puts that cannot be made refuse the whole transaction', async () => {
    await store().put('a', '1');
    const wrong: [Op, string][] = [
      [put('b', '', { ignoreValue: true }), 'ERR_KEY_NOT_FOUND'],
      [put('b', '1', { ignoreLease: true }), 'ERR_KEY_NOT_FOUND'],
      [put('a', '1', { lease: 7n }), 'ERR_LEASE_NOT_FOUND'],
      // Outside of a transaction it is the lease that is missed first (R40).
      [put('b', '', { ignoreValue: true, lease: 7n }), 'ERR_KEY_NOT_FOUND'],
    ];
    for (const [op, code] of wrong) {
      const request = { then: [put('c', '1'), del('x'), op] };
      const ask = (): unknown => store().txn(request);
      await expectRefused(store(), ask, code as 'ERR_KEY_NOT_FOUND');
    }
    expect(shown((await store().range({ all: true })).kvs)).toEqual(['a=1']);
  });

  test('R69 puts are looked at before ranges, and only on the path taken', async () => {
    const future = get('a', { revision: 9 });
    const request = { then: [future, put('b', '', { ignoreValue: true })] };
    await expectRefused(store(), () => store().txn(request), 'ERR_KEY_NOT_FOUND');
    const alone = { then: [put('b', '1'), future] };
    await expectRefused(store(), () => store().txn(alone), 'ERR_FUTURE_REVISION');
    const other = { then: [put('a', '1')], else: [future, put('b', '1', { lease: 7n })] };
    expect(await store().txn(other)).toMatchObject({ succeeded: true, revision: 2 });
  });

  test('R69 of a refused transaction nothing appears later', async () => {
    const refused = { then: [put('a', '1'), put('b', '1', { ifModRevision: 5 })] };
    const error: unknown = await store()
      .txn(refused)
      .catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ConflictError);
    expect((await store().put('c', '1')).revision).toBe(2);
    expect(shown((await store().range({ all: true })).kvs)).toEqual(['c=1']);
    const seen = [];
    for await (const { kv } of store().history({ all: true })) seen.push(kv.key);
    expect(seen).toEqual(['c']);
  });

  test('R69 conditions on mod revisions see what the transaction did before', async () => {
    await putAll(store(), 'a=1 b=1');
    const request = {
      then: [
        put('a', '2', { ifModRevision: 2, prevKv: true }),
        del('b', { ifModRevision: 3, prevKv: true }),
        put('c', '1', { ifModRevision: 0 }),
      ],
    };
    const { responses } = await store().txn(request);
    expect(responses).toMatchObject([
      { revision: 4, prevKv: { key: 'a', version: 1 } },
      { revision: 4, deleted: 1, prevKvs: [{ key: 'b' }] },
      { revision: 4 },
    ]);
    const twice = { then: [del({ gte: 'a' }), put('a', '3', { ifModRevision: 4 })] };
    await expectRefused(store(), () => store().txn(twice), 'ERR_CONFLICT');
  });

  test('R70 the revision to be made cannot be read, and a negative one is taken literally', async () => {
    await putAll(store(), 'a=1 a=2');
    await expectRefused(store(), () => store().txn(putAndRead(4)), 'ERR_FUTURE_REVISION');
    const onlyReads = { then: [get('a', { revision: 4 })] };
    await expectRefused(store(), () => store().txn(onlyReads), 'ERR_FUTURE_REVISION');
    await expectRefused(store(), () => store().txn(putAndRead(-2)), 'ERR_COMPACTED');
    const literal = { then: [get('a', { revision: -1 })] };
    expect((await store().txn(literal)).responses).toMatchObject([{ count: 1 }]);
    await store().compact(2);
    await expectRefused(store(), () => store().txn(putAndRead(-1)), 'ERR_COMPACTED');
    await expectRefused(store(), () => store().txn(putAndRead(1)), 'ERR_COMPACTED');
    expect((await store().range('a', { revision: -1 })).count).toBe(1);
    expect((await store().txn(putAndRead(2))).responses).toMatchObject([
      { revision: 4 },
      { kvs: [{ modRevision: 2 }] },
    ]);
  });

  test('R71 operations see the ones before them; named revisions stay as they were', async () => {
    await putAll(store(), 'a=1 b=1');
    const result = await store().txn({
      then: [
        get({ all: true }),
        del('a'),
        get({ all: true }),
        put('c', '1'),
        get({ all: true }, { reverse: true, limit: 1 }),
        get({ all: true }, { revision: 3 }),
        get({ gte: 'a', lt: 'z' }, { sort: 'mod', reverse: true }),
      ],
    });
    if (!result.succeeded) expect.fail();
    const [before, , after, , last, past, sorted] = result.responses;
    expect(shown(before.kvs)).toEqual(['a=1', 'b=1']);
    expect(shown(after.kvs)).toEqual(['b=1']);
    expect([shown(last.kvs), last.count, last.more]).toEqual([['c=1'], 2, true]);
    expect(shown(past.kvs)).toEqual(['a=1', 'b=1']);
    expect(shown(sorted.kvs)).toEqual(['c=1', 'b=1']);
  });

  test('R72 the revision answered is the new one from the first change on', async () => {
    await putAll(store(), 'a=1 b=1');
    const { revision, responses } = await store().txn({
      then: [
        get('a'),
        del('missing'),
        get('a'),
        put('c', '1'),
        get('a', { revision: 2 }),
        del('a'),
      ],
    });
    expect(revision).toBe(4);
    expect(responses.map((response) => response.revision)).toEqual([3, 3, 3, 4, 4, 4]);
    const nested = await store().txn({
      then: [{ op: 'txn', txn: { if: [exists('c')], then: [put('d', '1')] } }],
    });
    expect(nested).toEqual({
      succeeded: true,
      revision: 5,
      responses: [{ succeeded: true, revision: 0, responses: [{ revision: 5 }] }],
    });
  });

  test('R72 which branch ran is told at each level', async () => {
    const request: TxnRequest = {
      if: [exists('a')],
      then: [get('a')],
      else: [{ op: 'txn', txn: { if: [absent('a')], then: [put('a', '1')], else: [get('b')] } }],
    };
    expect(await store().txn(request)).toMatchObject({
      succeeded: false,
      revision: 2,
      responses: [{ succeeded: true, responses: [{ revision: 2 }] }],
    });
    expect(await store().txn(request)).toMatchObject({
      succeeded: true,
      responses: [{ count: 1, revision: 2 }],
    });
  });

  test('R72 the responses have the types of the operations of the branch taken', async () => {
    for (const succeeded of [true, false]) {
      const result = await store().txn({
        if: [version('a').eq(0)],
        then: [put('a', '1'), get('a'), { op: 'txn', txn: {} }],
        else: [del('a', { prevKv: true })],
      });
      expect(result.succeeded).toBe(succeeded);
      if (result.succeeded) {
        type Expected = readonly [PutResult, RangeResult, TxnResult];
        expectTypeOf(result.responses).toEqualTypeOf<Expected>();
        expect(shown(result.responses[1].kvs)).toEqual(['a=1']);
      } else {
        expectTypeOf(result.responses).toEqualTypeOf<readonly [DeleteResult]>();
        expect(shown(result.responses[0].prevKvs)).toEqual(['a=1']);
      }
    }
  });

  test('R73 without a change there is no revision', async () => {
    await store().put('a', '1');
    const requests: TxnRequest[] = [
      {},
      { if: [absent('a')] },
      { then: [get('a')], else: [get('b')] },
      { then: [{ op: 'txn', txn: { then: [get('a')] } }] },
      { then: [del('missing'), get('a')] },
      { if: [absent('a')], then: [put('a', '2')] },
    ];
    for (const request of requests) expect((await store().txn(request)).revision).toBe(2);
    expect(life(await store().get('a'))).toEqual([2, 2, 1]);
  });

  test('R74 all changes share one revision, in the order of the operations', async () => {
    await putAll(store(), 'b=0 c=0');
    await store().txn({
      then: [
        put('z', '1'),
        { op: 'txn', txn: { then: [put('a', '1')] } },
        del({ lt: 'z', gt: 'a' }),
      ],
    });
    const events = [];
    for await (const { type, kv, revision } of store().history({ all: true }, { from: 4 })) {
      events.push(`${revision} ${type} ${kv.key}`);
    }
    expect(events).toEqual(['4 put z', '4 put a', '4 delete b', '4 delete c']);
    expect(await store().count({ all: true }, { revision: 3 })).toBe(2);
  });

  test('R74 a transaction inside write() is refused, and the write goes on', async () => {
    let inner: Promise<unknown> | undefined;
    await store().write((tx) => {
      tx.put('a', '1');
      inner = store().txn({ then: [put('b', '1')] });
      inner.catch(() => {});
    });
    await expect(inner).rejects.toMatchObject({ code: 'ERR_INVALID_ARGUMENT' });
    expect(shown((await store().range({ all: true })).kvs)).toEqual(['a=1']);
  });
});

test('R73 a store that is only read runs transactions that only read', async () => {
  const fs = memoryFs();
  const writer = await open('/store', { fs });
  await writer.put('a', '1');
  await writer.close();
  await using reader = await open('/store', { fs, readOnly: true });
  const reads: Op[] = [get('a'), { op: 'txn', txn: { then: [get({ all: true })] } }];
  const { responses } = await reader.txn({ if: [version('a').eq(1)], then: reads });
  expect(responses).toMatchObject([{ count: 1 }, { responses: [{ count: 1 }] }]);
  const untaken = { then: [get('a')], else: [del('a')] };
  await expectRefused(reader, () => reader.txn(untaken), 'ERR_READ_ONLY');
});

test('R154 the puts of one branch count together for the quota, nested ones too', async () => {
  const cost = 256 + 1 + 1000;
  await using store = await openMemory({ quotaBytes: 2 * cost + 100 });
  const big = 'x'.repeat(1000);
  const deep: Op = { op: 'txn', txn: { then: [put('b', big)], else: [put('c', big)] } };
  const over = { then: [put('a', big), deep], else: [put('d', big), put('e', big), get('f')] };
  const fits = { then: over.then, else: [put('d', big), get('f')] };
  const third: TxnRequest = { ...over, else: [...over.else, put('g', big)] };
  await expectRefused(store, () => store.txn(third), 'ERR_NO_SPACE', 'database space exceeded');
  expect((await store.txn(fits)).revision).toBe(2);
});
