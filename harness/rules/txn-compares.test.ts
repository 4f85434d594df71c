/** R61-R65: compares, and which state they see. */
import { expect, test } from 'vitest';
import {
  absent,
  type Compare,
  createRevision,
  exists,
  get,
  lease,
  modRevision,
  put,
  value,
  version,
} from '../../engine/index.ts';
import { eachStore, expectRefused, putAll } from './stores.ts';

eachStore((store) => {
  const holds = async (...compares: Compare[]): Promise<boolean> =>
    (await store().txn({ if: compares })).succeeded;

  /** Which of =, !=, > and < hold. */
  const relations = async (compare: (result: Compare['result']) => Compare): Promise<string> => {
    let holding = '';
    for (const result of ['=', '!=', '>', '<'] as const) {
      if (await holds(compare(result))) holding += ` ${result}`;
    }
    return holding.trim();
  };

  test('R61 all compares must hold; without any a transaction succeeds', async () => {
    await store().put('a', '1');
    expect(await holds()).toBe(true);
    expect(await holds(value('a').eq('1'), version('a').eq(1))).toBe(true);
    expect(await holds(value('a').eq('1'), version('a').eq(2))).toBe(false);
    expect(await holds(value('a').eq('2'), version('a').eq(1))).toBe(false);
  });

  test('R61 compares of nested transactions see the state before the outermost one', async () => {
    const result = await store().txn({
      then: [
        put('a', '1'),
        {
          op: 'txn',
          txn: {
            if: [absent('a')],
            then: [{ op: 'txn', txn: { if: [exists('a')], else: [get('a')] } }],
          },
        },
      ],
    });
    const [, child] = result.responses as [unknown, { succeeded: boolean; responses: unknown[] }];
    expect(child.succeeded).toBe(true);
    // The compare sees nothing, and the range beside it sees the put.
    expect(child.responses).toMatchObject([
      { succeeded: false, responses: [{ count: 1, kvs: [{ key: 'a', version: 1 }] }] },
    ]);
  });

  test('R62 numbers are compared as numbers, with = != > and <', async () => {
    await putAll(store(), 'other=0 a=1 a=2 a=3');
    const fields = { version: 3, create: 3, mod: 5, lease: 0 };
    for (const [target, stored] of Object.entries(fields)) {
      const against = (operand: number | bigint): Promise<string> =>
        relations((result) => ({
          selector: 'a',
          target: target as Compare['target'],
          result,
          operand,
        }));
      expect(await against(stored)).toBe('=');
      expect(await against(stored + 1)).toBe('!= <');
      expect(await against(stored - 1)).toBe('!= >');
      expect(await against(BigInt(stored))).toBe('=');
      expect(await against(2n ** 63n - 1n)).toBe('!= <');
    }
  });

  test('R62 values are compared bytewise', async () => {
    await store().put('a', Uint8Array.of(0x62, 0x80));
    const orders: [string | Uint8Array, string][] = [
      [Uint8Array.of(0x62, 0x80), '='],
      ['b', '!= >'],
      [Uint8Array.of(0x62, 0x7f, 0xff), '!= >'],
      ['bé', '!= <'],
      ['c', '!= <'],
      ['', '!= >'],
    ];
    for (const [operand, holding] of orders) {
      const by = (result: Compare['result']): Compare => ({
        selector: 'a',
        target: 'value',
        result,
        operand,
      });
      expect(await relations(by)).toBe(holding);
    }
    await store().put('empty', '');
    expect(await holds(value('empty').eq(''))).toBe(true);
  });

  test('R63 a key that does not exist counts as 0 and has no value', async () => {
    await store().put('deleted', '1');
    await store().delete('deleted');
    for (const key of ['missing', 'deleted']) {
      for (const target of ['version', 'create', 'mod', 'lease'] as const) {
        const against = (operand: number): Promise<string> =>
          relations((result) => ({ selector: key, target, result, operand }));
        expect(await against(0)).toBe('=');
        expect(await against(1)).toBe('!= <');
        expect(await against(-1)).toBe('!= >');
      }
      for (const operand of ['', '1']) {
        const by = (result: Compare['result']): Compare => ({
          selector: key,
          target: 'value',
          result,
          operand,
        });
        expect(await relations(by)).toBe('');
      }
    }
  });

  test('R64 a compare of a range holds if it holds for every key in it', async () => {
    await putAll(store(), 'a=1 b=1 b=1 c=2 d=9');
    expect(await holds(value({ prefix: 'a' }).eq('1'))).toBe(true);
    expect(await holds(value({ lt: 'c' }).eq('1'))).toBe(true);
    expect(await holds(value({ lt: 'd' }).eq('1'))).toBe(false);
    expect(await holds(version({ all: true }).gt(0))).toBe(true);
    expect(await holds(version({ all: true }).lt(2))).toBe(false);
    expect(await holds(modRevision({ gte: 'c' }).gt(4))).toBe(true);
    expect(await holds(lease({ all: true }).eq(0n))).toBe(true);
  });

  test('R64 a range without keys is like a key that does not exist', async () => {
    await store().put('a', '1');
    for (const selector of [{ prefix: 'x' }, { gte: 'b', lt: 'a' }]) {
      expect(await holds(createRevision(selector).eq(0))).toBe(true);
      expect(await holds(version(selector).gt(0))).toBe(false);
      expect(await holds(value(selector).eq(''))).toBe(false);
      expect(await holds(value(selector).ne('1'))).toBe(false);
    }
  });

  test('R65 what is compared must fit: here it is refused, not taken as 0', async () => {
    const fine: Compare = { selector: 'a', target: 'version', result: '=', operand: 0 };
    const wrong: object[] = [
      { ...fine, operand: '0' },
      { ...fine, operand: 0.5 },
      { ...fine, operand: undefined },
      { ...fine, target: 'value' },
      { ...fine, target: 'lease', operand: '1' },
      { ...fine, target: 'size' },
      { ...fine, target: 'toString' },
      { ...fine, result: '>=' },
      { ...fine, selector: undefined },
    ];
    for (const compare of wrong) {
      const ask = (): unknown => store().txn({ if: [compare as Compare], then: [put('b', '1')] });
      await expectRefused(store(), ask, 'ERR_INVALID_ARGUMENT');
    }
    expect(await holds(fine)).toBe(true);
  });

  test('R61 the words for it: exists and absent', async () => {
    await store().put('a', '1');
    expect([await holds(exists('a')), await holds(absent('a'))]).toEqual([true, false]);
    expect([await holds(exists('b')), await holds(absent('b'))]).toEqual([false, true]);
  });
});
