/** What every Backend must do, whatever it keeps its bytes in. */
import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { encodeRevision } from '../base/revision.ts';
import { type Backend, KEY_BUCKET, META_BUCKET } from './backend.ts';
import { hashByHand, kvMessage, textOf, utf8 } from './backend.testing.ts';

export interface BackendSetting {
  readonly open: () => Promise<Backend>;
  /** Closes and opens again; undefined where nothing survives closing. */
  readonly reopen?: (backend: Backend) => Promise<Backend>;
}

export function backendContract(name: string, { open, reopen }: BackendSetting): void {
  describe(`${name} as a backend`, () => {
    let backend: Backend;
    beforeEach(async () => {
      backend = await open();
    });
    afterEach(() => backend.close());

    const entries = (bucket: string): string[] => {
      const found: string[] = [];
      backend
        .readTx()
        .forEach(bucket, (key, value) => found.push(`${textOf(key)}=${textOf(value)}`));
      return found;
    };

    const putKeys = (count: number): void => {
      for (let main = 2; main < 2 + count; main++) {
        const message = kvMessage(`k${main}`, main, 'x'.repeat(100));
        backend.batchTx().seqPut(KEY_BUCKET, encodeRevision(main, 0), message);
      }
    };

    test('R175 the well-known buckets exist, others are created, unknown ones are refused', () => {
      const tx = backend.batchTx();
      expect(backend.readTx().buckets()).toEqual(['alarm', 'key', 'lease', 'meta']);
      tx.createBucket('auth');
      tx.createBucket('auth');
      tx.put('auth', utf8('a'), utf8('1'));
      expect(entries('auth')).toEqual(['a=1']);
      expect(() => tx.put('nope', utf8('a'), utf8('1'))).toThrow('there is no bucket "nope"');
      expect(() => backend.readTx().range('nope', utf8('a'))).toThrow('there is no bucket "nope"');
    });

    test('R171 range: without an end exactly the key, with one up to it, in order, limited', () => {
      const tx = backend.batchTx();
      for (const key of ['b', 'a', 'c', 'ab']) tx.put(META_BUCKET, utf8(key), utf8(key));
      const range = (...args: [string, string?, number?]): string[] =>
        tx
          .range(
            META_BUCKET,
            utf8(args[0]),
            args[1] === undefined ? undefined : utf8(args[1]),
            args[2],
          )
          .keys.map(textOf);
      expect(range('a')).toEqual(['a']);
      expect(range('a', '')).toEqual(['a']);
      expect(range('aa')).toEqual([]);
      expect(range('a', 'c')).toEqual(['a', 'ab', 'b']);
      expect(range('a', 'z', 2)).toEqual(['a', 'ab']);
      expect(range('c', 'a')).toEqual([]);
      expect(entries(META_BUCKET)).toEqual(['a=a', 'ab=ab', 'b=b', 'c=c']);
    });

    test('R6, R7, R171 bucket key shows revision keys and KeyValue messages', () => {
      const tx = backend.batchTx();
      const put = kvMessage('k', 2, 'value');
      tx.put(KEY_BUCKET, encodeRevision(2, 0), put);
      tx.put(KEY_BUCKET, encodeRevision(2, 1, true), utf8('\n\u0001k'));
      const all = tx.range(KEY_BUCKET, encodeRevision(0, 0), encodeRevision(9, 0));
      expect(all.keys).toEqual([encodeRevision(2, 0), encodeRevision(2, 1, true)]);
      expect(all.values).toEqual([put, utf8('\n\u0001k')]);
      expect(tx.range(KEY_BUCKET, encodeRevision(2, 1)).keys).toEqual([]);
      expect(tx.range(KEY_BUCKET, encodeRevision(2, 1, true)).keys).toHaveLength(1);
      expect(tx.revisions.count).toBe(2);
      expect([tx.revisions.floor(1), tx.revisions.floor(2), tx.revisions.floor(9)]).toEqual([
        -1, 1, 1,
      ]);
    });

    test('bucket key refuses what is not a growing revision or not a KeyValue', () => {
      const tx = backend.batchTx();
      tx.put(KEY_BUCKET, encodeRevision(5, 1), kvMessage('k', 5, 'v'));
      for (const [key, value] of [
        [encodeRevision(5, 1), kvMessage('k', 5, 'v')],
        [encodeRevision(4, 7), kvMessage('k', 4, 'v')],
        [utf8('not a revision'), kvMessage('k', 6, 'v')],
        [encodeRevision(6, 0), utf8('not a message')],
        [encodeRevision(6, 0), kvMessage('', 6, 'v')],
      ] as const) {
        expect(() => tx.put(KEY_BUCKET, key, value)).toThrow(
          expect.objectContaining({ code: 'ERR_INVALID_ARGUMENT' }),
        );
      }
      expect(tx.revisions.count).toBe(1);
    });

    test('a transaction sees its own writes; rolled back it was never there', () => {
      const tx = backend.batchTx();
      tx.put(META_BUCKET, utf8('a'), utf8('old'));
      const before = backend.hash();
      tx.begin();
      tx.put(META_BUCKET, utf8('a'), utf8('new'));
      tx.put(META_BUCKET, utf8('b'), utf8('new'));
      tx.delete(META_BUCKET, utf8('a'));
      tx.createBucket('extra');
      tx.put(KEY_BUCKET, encodeRevision(2, 0), kvMessage('k', 2, 'v'));
      expect([entries(META_BUCKET), tx.revisions.count]).toEqual([['b=new'], 1]);
      tx.rollback();
      expect(entries(META_BUCKET)).toEqual(['a=old']);
      expect([tx.revisions.count, backend.readTx().buckets().includes('extra')]).toEqual([
        0,
        false,
      ]);
      expect(backend.hash()).toBe(before);
    });

    test('R172 a concurrent read sees nothing that comes after it', async () => {
      const tx = backend.batchTx();
      putKeys(3);
      tx.put(META_BUCKET, utf8('a'), utf8('1'));
      const view = backend.concurrentReadTx();
      expect(backend.openReadTxN()).toBe(1);
      tx.put(META_BUCKET, utf8('a'), utf8('2'));
      tx.put(META_BUCKET, utf8('b'), utf8('2'));
      tx.delete(KEY_BUCKET, encodeRevision(3, 0));
      tx.seqPut(KEY_BUCKET, encodeRevision(9, 0), kvMessage('k9', 9, 'v'));
      await backend.defrag();
      const mains = (reader: typeof view | ReturnType<Backend['readTx']>): string[] =>
        reader
          .range(KEY_BUCKET, encodeRevision(0, 0), encodeRevision(99, 0))
          .keys.map((key) => String(key[7]));
      expect(mains(view)).toEqual(['2', '3', '4']);
      expect(mains(backend.readTx())).toEqual(['2', '4', '9']);
      expect(textOf(view.range(META_BUCKET, utf8('a')).values[0]!)).toBe('1');
      expect(view.range(META_BUCKET, utf8('b')).keys).toEqual([]);
      view.close();
      expect(backend.openReadTxN()).toBe(0);
    });

    test('R146 the hash is over bucket names, keys and values, less what is ignored', () => {
      putKeys(5);
      backend.batchTx().put(META_BUCKET, utf8('consistent_index'), utf8('12345678'));
      expect(backend.hash()).toBe(hashByHand(backend.readTx(), () => false));
      expect(backend.hash(ignores)).toBe(hashByHand(backend.readTx(), ignores));
      expect(backend.hash(ignores)).not.toBe(backend.hash());
    });

    test('R173, R174 defrag drops the dead and changes nothing else', async () => {
      putKeys(1000);
      const tx = backend.batchTx();
      tx.put(META_BUCKET, utf8('a'), utf8('1'));
      const inUse = backend.sizeInUse();
      for (let main = 2; main < 902; main++) tx.delete(KEY_BUCKET, encodeRevision(main, 0));
      const [hash, size] = [backend.hash(), backend.size()];
      expect(backend.sizeInUse()).toBeLessThan(inUse / 5);
      await backend.defrag();
      expect([backend.hash(), backend.readTx().revisions.count]).toEqual([hash, 1000]);
      expect(backend.size()).toBeLessThanOrEqual(size);
      putKeysAfter(backend, 5000);
      expect(entries(META_BUCKET)).toEqual(['a=1']);
    });

    test('commits: durable up to the last transaction, and told so', async () => {
      putKeys(3);
      await new Promise<void>((resolve, reject) => {
        backend.whenCommitted({ committed: resolve, failed: reject });
        backend.requestCommit();
      });
      expect(backend.durableRevision()).toBe(4);
      putKeysAfter(backend, 9);
      backend.forceCommit();
      expect(backend.durableRevision()).toBe(9);
      await backend.flush();
      expect(backend.failure()).toBeUndefined();
      backend.batchTx().commitAndStop();
      expect(() => putKeysAfter(backend, 10)).toThrow('closed');
    });

    test.skipIf(reopen === undefined)(
      'random writes, and everything back after a restart',
      async () => {
        const step = fc.tuple(
          fc.constantFrom('put', 'delete', 'undo', 'reopen'),
          fc.nat(5),
          fc.nat(400),
        );
        await fc.assert(
          fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
            let tested = await open();
            const model = new Map<string, string>();
            let main = tested.durableRevision() + 1;
            for (const [what, number, size] of steps) {
              const key = `key${number}`;
              const tx = tested.batchTx();
              if (what === 'reopen') tested = await reopen!(tested);
              else if (what === 'delete') {
                tx.delete(META_BUCKET, utf8(key));
                model.delete(key);
              } else {
                tx.begin();
                tx.put(META_BUCKET, utf8(key), utf8('v'.repeat(size)));
                tx.seqPut(
                  KEY_BUCKET,
                  encodeRevision(++main, 0),
                  kvMessage(key, main, 'v'.repeat(size)),
                );
                if (what === 'put') {
                  tx.end();
                  model.set(key, 'v'.repeat(size));
                } else tx.rollback();
              }
            }
            const [hash, inUse] = [tested.hash(), tested.sizeInUse()];
            tested = await reopen!(tested);
            expect([tested.hash(), tested.sizeInUse()]).toEqual([hash, inUse]);
            const found: [string, string][] = [];
            tested
              .readTx()
              .forEach(META_BUCKET, (key, value) => found.push([textOf(key), textOf(value)]));
            expect(found).toEqual([...model].sort(([a], [b]) => (a < b ? -1 : 1)));
            await tested.close();
          }),
          { numRuns: 40 },
        );
      },
    );
  });
}

const ignores = (bucket: string): boolean => bucket === META_BUCKET;

function putKeysAfter(backend: Backend, main: number): void {
  backend.batchTx().seqPut(KEY_BUCKET, encodeRevision(main, 0), kvMessage('late', main, 'v'));
}
