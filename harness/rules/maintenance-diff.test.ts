/** What `diff` promises: keys whose revision differs between two revisions, in key order (R20, R80). */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Change, EmbeddedStore, KeyValue, Selector } from '../../engine/index.ts';
import { openMemory } from '../../engine/index.ts';
import { limits } from '../../engine/base/limits.ts';
import { eachStore, putAll } from './stores.ts';

async function changes(
  store: EmbeddedStore,
  selector: Selector,
  from: number,
  to?: number,
): Promise<Change[]> {
  const options = to === undefined ? { from } : { from, to };
  const found: Change[] = [];
  for await (const change of store.diff(selector, options)) found.push(change);
  return found;
}

const show = (kv: KeyValue | undefined): string => (kv ? `${kv.text()}@${kv.modRevision}` : '-');
const shown = (found: readonly Change[]): string[] =>
  found.map(({ key, before, after }) => `${key}: ${show(before)} > ${show(after)}`);

eachStore((store) => {
  test('puts, changes and deletes show in key order; what is the same does not', async () => {
    await putAll(store(), 'b=1 a=1 d=1 same=1');
    const from = store().revision;
    await putAll(store(), 'c=1 b=2');
    await store().delete('d');
    expect(shown(await changes(store(), { all: true }, from))).toEqual([
      'b: 1@2 > 2@7',
      'c: - > 1@6',
      'd: 1@4 > -',
    ]);
  });

  test('from may be the later revision: before and after change places', async () => {
    await putAll(store(), 'a=1 b=1');
    const later = store().revision;
    await store().delete('a');
    expect(shown(await changes(store(), { all: true }, store().revision, later))).toEqual([
      'a: - > 1@2',
    ]);
  });

  test('selectors: a key, a prefix, an empty range; 0 is before the first revision', async () => {
    await putAll(store(), 'a=1 aa=1 b=1');
    expect(shown(await changes(store(), 'a', 0))).toEqual(['a: - > 1@2']);
    expect(shown(await changes(store(), { prefix: 'a' }, 0))).toHaveLength(2);
    expect(await changes(store(), { gte: 'b', lt: 'a' }, 0)).toEqual([]);
    expect(await changes(store(), 'missing', 0)).toEqual([]);
  });

  test('a key deleted and put again with the same value has changed; one that was only there in between has not', async () => {
    await putAll(store(), 'a=1');
    await store().delete('a');
    await putAll(store(), 'a=1 between=1');
    await store().delete('between');
    expect(shown(await changes(store(), { all: true }, 2))).toEqual(['a: 1@2 > 1@4']);
  });

  test('R20: a future revision and a compacted one are refused', async () => {
    await putAll(store(), 'a=1 a=2 a=3');
    await store().compact(3);
    const refused = { code: 'ERR_COMPACTED', compactRevision: 3 };
    await expect(changes(store(), 'a', 2)).rejects.toMatchObject(refused);
    await expect(changes(store(), 'a', 4, 2)).rejects.toMatchObject(refused);
    await expect(changes(store(), 'a', 3, 9)).rejects.toMatchObject({
      code: 'ERR_FUTURE_REVISION',
    });
    expect(shown(await changes(store(), 'a', 3))).toEqual(['a: 2@3 > 3@4']);
  });

  test('one that is overtaken by a compaction ends with CompactedError', async () => {
    await putAll(store(), 'a=1 b=1 a=2 b=2');
    const diff = store().diff({ all: true }, { from: 3 });
    expect((await diff.next()).value).toMatchObject({ key: 'a' });
    await store().compact(4, { physical: true });
    await expect(diff.next()).rejects.toMatchObject({ code: 'ERR_COMPACTED' });
  });

  test('writes go on between two changes', async () => {
    const count = limits.iteratePageKeys * 2 + 3;
    await store().write((tx) => {
      for (let i = 0; i < count; i++) tx.put(`key${String(i).padStart(6, '0')}`, '');
    });
    const keys: string[] = [];
    for await (const { key } of store().diff({ all: true }, { from: 1 })) {
      keys.push(key);
      if (keys.length % 100 === 0) await store().put(`${key}+`, '');
    }
    expect(keys).toHaveLength(count);
    expect(keys).toEqual(keys.toSorted());
  });
});

describe('for any history', () => {
  const step = fc.tuple(fc.constantFrom('a', 'b', 'c', 'd'), fc.constantFrom('put', 'delete'));
  test('diff is what reading both sides tells', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(step, { minLength: 1, maxLength: 3 }), { maxLength: 12 }),
        fc.nat(),
        fc.nat(),
        async (txns, a, b) => {
          const store = await openMemory();
          for (const steps of txns) {
            await store.write((tx) => {
              for (const [key, kind] of steps) {
                if (kind === 'put') tx.put(key, '');
                else tx.delete(key);
              }
            });
          }
          const [from, to] = [1 + (a % store.revision), 1 + (b % store.revision)];
          const expected: string[] = [];
          for (const key of ['a', 'b', 'c', 'd']) {
            const before = await store.get(key, { revision: from });
            const after = await store.get(key, { revision: to });
            if (before?.modRevision === after?.modRevision) continue;
            expected.push(`${key}: ${show(before)} > ${show(after)}`);
          }
          expect(shown(await changes(store, { all: true }, from, to))).toEqual(expected);
          await store.close();
        },
      ),
    );
  });
});
