/** The corners of the Backend contract, for each implementation: `backend.contract.ts` has the middle. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { encodeRevision } from '../base/revision.ts';
import { fsOf } from '../log/log.testing.ts';
import { encodeManifest } from '../log/manifest.ts';
import type { Backend, BatchTx } from './backend.ts';
import {
  bytes,
  contentOf,
  entryOf,
  fill,
  hashOf,
  type OpenBackend,
  openLogBackend,
  revision,
  tombstone,
} from './backend-edges.testing.ts';

const code = (name: string): unknown => expect.objectContaining({ code: name });

const ignores = (bucket: string, key: Uint8Array): boolean =>
  bucket === 'meta' && Buffer.from(key).toString() === 'consistent_index';

const copiesIn = (backend: Backend): Uint8Array[] => [
  backend.readTx().range('meta', bytes('a')).values[0]!,
  backend.readTx().revisions.read(0).value(),
];

export function backendEdges(name: string, open: () => Promise<OpenBackend>): void {
  describe(name, () => {
    let opened: OpenBackend;
    let backend: Backend;
    let batch: BatchTx;

    beforeEach(async () => {
      opened = await open();
      backend = opened.backend;
      batch = backend.batchTx();
    });
    afterEach(() => opened.dispose());

    const keysOf = (bucket: string, ...range: [Uint8Array, Uint8Array?, number?]): string[] =>
      backend
        .readTx()
        .range(bucket, ...range)
        .keys.map((key) => Buffer.from(key).toString(bucket === 'key' ? 'hex' : 'latin1'));

    test('range in a small bucket: half open, in byte order, limited; without end exactly the key', () => {
      for (const key of ['b', 'a', '\xff', 'ab', '\x00']) {
        batch.put('meta', bytes(key), bytes(`<${key}>`));
      }
      expect(keysOf('meta', bytes(''), bytes('\xff'))).toEqual(['\x00', 'a', 'ab', 'b']);
      expect(keysOf('meta', bytes('a'), bytes('b'))).toEqual(['a', 'ab']);
      expect(keysOf('meta', bytes('a'), bytes('\xff'), 2)).toEqual(['a', 'ab']);
      expect(keysOf('meta', bytes('a'))).toEqual(['a']);
      expect(keysOf('meta', bytes('a'), bytes(''), 5)).toEqual(['a']);
      expect(keysOf('meta', bytes('aa'))).toEqual([]);
      expect(keysOf('meta', bytes('b'), bytes('a'))).toEqual([]);
      expect(keysOf('meta', bytes('a'), bytes('a'))).toEqual([]);
    });

    test('range and forEach in bucket key: revisions as etcd writes them, in order', () => {
      const records = [
        revision(2, { lease: -1n }),
        revision(3, { key: 'k2', version: 2, create: 2, value: '' }),
        tombstone(4, 'k2'),
        revision(4, { key: 'z', sub: 1, create: 4 }),
        revision(2 ** 40, { key: 'far', create: 3 }),
      ];
      batch.begin();
      for (const record of records) batch.putRevision(record);
      batch.end();
      const entries = records.map((record) => entryOf(record));
      const all = backend.readTx().range('key', bytes(''), new Uint8Array(18).fill(255));
      expect(all.keys).toEqual(entries.map(([key]) => key));
      expect(all.values).toEqual(entries.map(([, value]) => value));
      const [from, to] = [encodeRevision(3, 0), encodeRevision(4, 1)];
      expect(backend.readTx().range('key', from, to).keys).toEqual([
        entries[1]![0],
        entries[2]![0],
      ]);
      expect(backend.readTx().range('key', from, to, 1).keys).toEqual([entries[1]![0]]);
      // The tombstone's own key has 18 bytes; the 17 without the mark are another key.
      expect(backend.readTx().range('key', entries[2]![0]).keys).toEqual([entries[2]![0]]);
      expect(backend.readTx().range('key', encodeRevision(4, 0)).keys).toEqual([]);
      expect(keysOf('key', encodeRevision(4, 0), encodeRevision(4, 0, true))).toEqual([]);
      expect(keysOf('key', bytes(''))).toEqual([]);
    });

    test('wrong input is refused with a type and leaves nothing', () => {
      batch.putRevision(revision(5));
      const before = contentOf(backend.readTx());
      const message = entryOf(revision(6))[1];
      const refuse = (key: Uint8Array, value: Uint8Array): void =>
        expect(() => batch.put('key', key, value)).toThrowError(code('ERR_INVALID_ARGUMENT'));
      refuse(encodeRevision(5, 0), entryOf(revision(5))[1]);
      refuse(encodeRevision(4, 9), entryOf(revision(4))[1]);
      refuse(bytes('not a revision'), message);
      refuse(new Uint8Array(17), message);
      refuse(encodeRevision(6, 0), bytes('not a message'));
      refuse(encodeRevision(6, 0), new Uint8Array(0));
      refuse(encodeRevision(6, 0), entryOf(tombstone(6, 'k'))[1]);
      refuse(encodeRevision(6, 0, true), message);
      refuse(encodeRevision(7, 0), message);
      refuse(encodeRevision(6, 2 ** 32), message);
      expect(() => batch.put('nowhere', bytes('a'), bytes('b'))).toThrowError(
        code('ERR_NOT_FOUND'),
      );
      expect(() => batch.delete('nowhere', bytes('a'))).toThrowError(code('ERR_NOT_FOUND'));
      expect(() => backend.readTx().range('nowhere', bytes('a'))).toThrowError(
        code('ERR_NOT_FOUND'),
      );
      expect(() => backend.readTx().forEach('nowhere', () => {})).toThrowError(
        code('ERR_NOT_FOUND'),
      );
      expect(contentOf(backend.readTx())).toEqual(before);
      batch.put('key', encodeRevision(6, 0), message);
    });

    test('values are copied on the way in and on the way out', () => {
      const value = bytes('value');
      batch.put('meta', bytes('a'), value);
      batch.putRevision(revision(2, { value }));
      value.fill(0);
      for (const copy of copiesIn(backend)) copy.fill(1);
      expect(copiesIn(backend)).toEqual([bytes('value'), bytes('value')]);
    });

    test('a transaction reads its own writes, and a rollback takes all of them back', () => {
      fill(batch);
      const before = contentOf(backend.readTx());
      const [hash, size] = [backend.hash(), backend.sizeInUse()];
      batch.begin();
      batch.createBucket('extra');
      batch.put('extra', bytes('a'), bytes('b'));
      batch.put('meta', bytes('consistent_index'), bytes('other'));
      batch.delete('auth', bytes('root'));
      batch.putRevision(revision(20));
      batch.delete('key', encodeRevision(5, 0));
      batch.delete('key', encodeRevision(20, 0));
      batch.putRevision(revision(20, { sub: 1 }));
      expect(batch.range('extra', bytes('a')).values).toEqual([bytes('b')]);
      expect(batch.range('auth', bytes('root')).keys).toEqual([]);
      expect(keysOf('key', encodeRevision(5, 0))).toEqual([]);
      expect(keysOf('key', encodeRevision(20, 0), encodeRevision(21, 0))).toHaveLength(1);
      batch.rollback();
      expect(contentOf(backend.readTx())).toEqual(before);
      expect([backend.hash(), backend.sizeInUse()]).toEqual([hash, size]);
      batch.putRevision(revision(20));
    });

    test('delete takes one record out of bucket key, and only that', () => {
      fill(batch);
      const count = backend.readTx().revisions.count;
      batch.delete('key', encodeRevision(12, 1));
      batch.delete('key', encodeRevision(99, 0));
      expect(contentOf(backend.readTx())).toHaveLength(6 + 1 + count);
      batch.delete('key', encodeRevision(12, 1, true));
      batch.delete('key', encodeRevision(12, 1, true));
      batch.delete('key', encodeRevision(2, 0));
      expect(keysOf('key', encodeRevision(2, 0))).toEqual([]);
      expect(keysOf('key', encodeRevision(12, 0), encodeRevision(13, 0))).toHaveLength(2);
      expect(backend.readTx().revisions.isDead(0)).toBe(true);
    });

    test('createBucket: again is no error, 256 at most', () => {
      batch.createBucket('b');
      batch.put('b', bytes('k'), bytes('v'));
      batch.createBucket('b');
      expect(keysOf('b', bytes('k'))).toEqual(['k']);
      for (let n = 0; n < 251; n++) batch.createBucket(`bucket ${n}`);
      expect(backend.readTx().buckets()).toHaveLength(256);
      expect(() => batch.createBucket('one more')).toThrowError(code('ERR_INVALID_ARGUMENT'));
    });

    test('a concurrent read sees what was there when it was made, whatever happens after', async () => {
      fill(batch);
      const view = backend.concurrentReadTx();
      const before = contentOf(view);
      const { floor, count } = { floor: view.revisions.floor(1000), count: view.revisions.count };
      batch.put('meta', bytes('consistent_index'), bytes('later'));
      batch.delete('auth', bytes('root'));
      batch.createBucket('later');
      batch.delete('key', encodeRevision(5, 0));
      batch.putRevision(revision(30));
      expect(contentOf(view)).toEqual(before);
      await backend.defrag();
      batch.putRevision(revision(31));
      batch.delete('key', encodeRevision(6, 0));
      expect(contentOf(view)).toEqual(before);
      expect([view.revisions.floor(1000), view.revisions.count]).toEqual([floor, count]);
      expect(contentOf(backend.readTx())).not.toEqual(before);
      view.close();
    });

    test('hash: R146, with and without what is ignored', () => {
      fill(batch);
      batch.delete('key', encodeRevision(7, 0));
      expect(backend.hash()).toBe(hashOf(backend.readTx()));
      expect(backend.hash(ignores)).toBe(hashOf(backend.readTx(), ['meta/consistent_index']));
      expect(backend.hash(ignores)).not.toBe(backend.hash());
    });

    test('defrag keeps content, hash and size in use, and gives the rest back', async () => {
      fill(batch);
      for (let main = 20; main < 400; main++) {
        batch.putRevision(revision(main, { value: 'x'.repeat(500) }));
      }
      for (let main = 20; main < 399; main++) batch.delete('key', encodeRevision(main, 0));
      backend.forceCommit();
      const before = {
        hash: backend.hash(),
        inUse: backend.sizeInUse(),
        content: contentOf(backend.readTx()),
      };
      const size = backend.size();
      await backend.defrag();
      expect(backend.hash()).toBe(before.hash);
      expect(contentOf(backend.readTx())).toEqual(before.content);
      expect(backend.sizeInUse()).toBe(before.inUse);
      expect(backend.size()).toBeLessThanOrEqual(size);
      batch.putRevision(revision(400));
      expect(keysOf('key', encodeRevision(400, 0))).toHaveLength(1);
    });

    test('a snapshot opens as a segment, with equal content and hash; later writes do not show', async () => {
      fill(batch);
      batch.delete('key', encodeRevision(4, 0));
      for (let main = 20; main < 60; main++) {
        batch.putRevision(revision(main, { value: 'y'.repeat(9000) }));
      }
      const { hash, content } = { hash: backend.hash(), content: contentOf(backend.readTx()) };
      const snapshot = backend.snapshot();
      batch.putRevision(revision(100));
      batch.put('meta', bytes('later'), bytes('x'));
      batch.delete('key', encodeRevision(6, 0));
      const file = Buffer.concat([...snapshot.chunks()]);
      snapshot.close();
      const manifest = encodeManifest({
        storeId: '0000000000000000',
        nextSegmentId: 2,
        segments: [{ id: 1, capacityBytes: file.length, firstSequence: 1 }],
      });
      const image = new Map([
        ['MANIFEST', Buffer.from(manifest)],
        ['0000000001.seg', file],
      ]);
      const copy = await openLogBackend({}, fsOf(image));
      expect(copy.backend.hash()).toBe(hash);
      expect(contentOf(copy.backend.readTx())).toEqual(content);
      copy.backend.batchTx().putRevision(revision(100));
      expect((await copy.reopen!()).readTx().revisions.floor(1000)).toBe(52);
      await copy.dispose();
    });

    test('commit makes everything durable; the durable revision says so', async () => {
      fill(batch);
      batch.commit();
      expect(backend.durableRevision()).toBe(12);
      batch.putRevision(revision(13));
      await backend.flush();
      expect(backend.durableRevision()).toBe(13);
      const told = new Promise<void>((committed, failed) => {
        backend.whenCommitted({ committed, failed });
      });
      backend.forceCommit();
      await told;
      expect(backend.failure()).toBeUndefined();
    });

    test('after commitAndStop nothing can be written', () => {
      fill(batch);
      batch.commitAndStop();
      expect(backend.durableRevision()).toBe(12);
      expect(() => batch.begin()).toThrowError(code('ERR_CLOSED'));
      expect(() => batch.put('meta', bytes('a'), bytes('b'))).toThrowError(code('ERR_CLOSED'));
      expect(keysOf('key', encodeRevision(12, 0))).toHaveLength(1);
    });
  });
}
