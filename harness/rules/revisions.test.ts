/** R1-R13: revisions, and which keys are meant. */
import { expect, test } from 'vitest';
import type { KeyValue, Selector } from '../../engine/index.ts';
import { eachStore, expectRefused, keys, life, putAll, shown } from './stores.ts';

eachStore((store) => {
  const found = async (selector: Selector): Promise<readonly KeyValue[]> =>
    (await store().range(selector)).kvs;

  test('R1 a new store is at revision 1, never compacted, and the first write gets 2', async () => {
    expect([store().revision, store().compactRevision]).toEqual([1, -1]);
    expect(await store().range({ all: true })).toEqual({
      kvs: [],
      count: 0,
      more: false,
      revision: 1,
    });
    expect((await store().put('a', '1')).revision).toBe(2);
  });

  test('R2 a write that changes something raises the revision by one, however many keys', async () => {
    expect((await store().put('a', '1')).revision).toBe(2);
    const write = await store().write((tx) => {
      for (const key of ['b', 'c', 'd']) tx.put(key, '1');
      tx.delete('a');
      return tx.revision;
    });
    expect(write).toEqual({ revision: 3, result: 3 });
    expect((await store().delete({ all: true })).revision).toBe(4);
    expect(store().revision).toBe(4);
  });

  test('R3 without a change there is no revision', async () => {
    await store().put('a', '1');
    expect((await store().delete('missing')).revision).toBe(2);
    expect((await store().delete({ gte: 'b', lt: 'c' })).revision).toBe(2);
    expect((await store().write((tx) => tx.get('a'))).revision).toBe(2);
    expect((await store().write((tx) => tx.delete('missing'))).revision).toBe(2);
    await expect(store().put('', '1')).rejects.toThrow();
    const thrown = new Error('mine');
    const failing = store().write((tx) => {
      tx.put('b', '1');
      throw thrown;
    });
    await expect(failing).rejects.toBe(thrown);
    expect(store().revision).toBe(2);
    expect(await store().get('b')).toBeUndefined();
    expect((await store().put('a', '2')).revision).toBe(3);
  });

  test('R4 a put of the same value is a change', async () => {
    await store().put('a', '1');
    await store().put('a', '1');
    expect(life(await store().get('a'))).toEqual([2, 3, 2]);
  });

  test('R5 writes of one revision are ordered by sub: as executed, a delete in key order', async () => {
    await putAll(store(), 'd=0 c=0 b=0');
    await store().write((tx) => {
      tx.put('z', '1');
      tx.put('a', '1');
      tx.delete({ gte: 'b', lt: 'e' });
      tx.put('z', '2');
      tx.put('c', '3');
    });
    const events = [];
    for await (const event of store().history({ all: true }, { from: 5 })) {
      const { type, kv, revision } = event;
      events.push(`${revision} ${type} ${kv.key}${type === 'put' ? `=${kv.text()}` : ''}`);
    }
    expect(events).toEqual([
      '5 put z=1',
      '5 put a=1',
      '5 delete b',
      '5 delete c',
      '5 delete d',
      '5 put z=2',
      '5 put c=3',
    ]);
  });

  test('R8 keys are any bytes but none, in the order of unsigned bytes', async () => {
    const sorted = ['00', '0000', '00ff', '61', '6100', '61ff', '62', '7f', '80', 'c3', 'ff'];
    for (const hex of [...sorted].reverse()) await store().put(Buffer.from(hex, 'hex'), hex);
    const { kvs } = await store().range({ all: true });
    expect(kvs.map(({ keyBytes }) => Buffer.from(keyBytes).toString('hex'))).toEqual(sorted);
    expect(kvs.map((kv) => kv.text())).toEqual(sorted);
    const long = 'k'.repeat(100_000);
    await store().put(long, 'long');
    expect((await store().get(long))?.text()).toBe('long');
  });

  test('R8 a key of text is its UTF-8 bytes', async () => {
    await store().put('é', '1');
    expect((await store().get(Uint8Array.of(0xc3, 0xa9)))?.text()).toBe('1');
    await putAll(store(), '\u{1f600}=emoji \uffff=last z=z');
    // By bytes; in UTF-16 the emoji would come before U+FFFF.
    const { kvs } = await store().range({ all: true });
    expect(keys(kvs)).toEqual(['z', 'é', '\uffff', '\u{1f600}']);
    // Half a character is no text, and a key of its own.
    await store().put(Uint8Array.of(0xc3), '2');
    const [half] = (await store().range({ gte: Uint8Array.of(0xc3), lt: 'é' })).kvs;
    expect([half?.key, half?.keyBytes]).toEqual(['\ufffd', Uint8Array.of(0xc3)]);
  });

  test('R9 values are any bytes, none included', async () => {
    const every = Uint8Array.from({ length: 256 }, (_, byte) => byte);
    await store().put('every', every);
    await store().put('none', '');
    expect((await store().get('every'))?.value).toEqual(every);
    expect((await store().get('none'))?.value).toEqual(new Uint8Array(0));
    expect(await store().has('none')).toBe(true);
  });

  test('R10 create, mod and version tell the life of a key; a delete ends it', async () => {
    await putAll(store(), 'a=1 a=2 other=1 a=3');
    expect(life(await store().get('a'))).toEqual([2, 5, 3]);
    await store().delete('a');
    expect(await store().get('a')).toBeUndefined();
    await store().put('a', '4');
    expect(life(await store().get('a'))).toEqual([7, 7, 1]);
    expect(life(await store().get('a', { revision: 4 }))).toEqual([2, 3, 2]);
  });

  test('R11 a selector is one key, everything from a key on, or a range without its end', async () => {
    await putAll(store(), 'a=1 ab=2 b=3 b\0=4 c=5');
    expect(keys(await found('a'))).toEqual(['a']);
    expect(keys(await found({ gte: 'b' }))).toEqual(['b', 'b\0', 'c']);
    expect(keys(await found({ gte: 'ab', lt: 'b\0' }))).toEqual(['ab', 'b']);
    expect(keys(await found({ gt: 'ab', lte: 'b\0' }))).toEqual(['b', 'b\0']);
    expect(keys(await found({ lt: 'b' }))).toEqual(['a', 'ab']);
    expect(keys(await found({ prefix: 'a' }))).toEqual(['a', 'ab']);
    expect(keys(await found({ all: true }))).toEqual(['a', 'ab', 'b', 'b\0', 'c']);
  });

  test('R11 two NUL bytes are a bound like any other, and after ff comes nothing', async () => {
    for (const hex of ['00', '0000', 'fe', 'ff', 'ffff']) {
      await store().put(Buffer.from(hex, 'hex'), hex);
    }
    const nul = Uint8Array.of(0);
    expect(texts(await found({ gte: nul, lt: Uint8Array.of(0, 0) }))).toEqual(['00']);
    expect(texts(await found({ prefix: Uint8Array.of(0xff) }))).toEqual(['ff', 'ffff']);
    expect(texts(await found({ prefix: '' }))).toEqual(['00', '0000', 'fe', 'ff', 'ffff']);
  });

  test('R12 bounds the wrong way round select nothing and are no error', async () => {
    await putAll(store(), 'a=1 b=2');
    for (const selector of [
      { gte: 'b', lt: 'a' },
      { gte: 'a', lt: 'a' },
    ]) {
      expect((await store().range(selector)).kvs).toEqual([]);
      expect(await store().count(selector)).toBe(0);
      expect((await store().delete(selector)).deleted).toBe(0);
    }
    expect(shown((await store().range({ all: true })).kvs)).toEqual(['a=1', 'b=2']);
  });

  test('R13 an empty key is refused everywhere', async () => {
    const ways: (() => unknown)[] = [
      () => store().put('', '1'),
      () => store().put(new Uint8Array(0), '1'),
      () => store().get(''),
      () => store().getSync(''),
      () => store().has(''),
      () => store().range(''),
      () => store().rangeSync({ gte: '' }),
      () => store().count(''),
      () => store().iterate('').next(),
      () => store().delete(''),
      () => store().delete({ gte: '', lt: 'b' }),
      () => store().write((tx) => tx.put('', '1')),
      () => store().write((tx) => tx.get('')),
      () => store().write((tx) => tx.delete('')),
    ];
    for (const way of ways) {
      await expectRefused(store(), way, 'ERR_EMPTY_KEY', 'etcdserver: key is not provided');
    }
  });
});

function texts(kvs: readonly KeyValue[]): string[] {
  return kvs.map((kv) => kv.text());
}
