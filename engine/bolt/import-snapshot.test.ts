/** Snapshots that are damaged, or whose records say what etcd never would: refused, and nothing is left behind. */
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { encodeKeyValue } from '../backend/key-value-message.ts';
import { VarveError } from '../base/errors.ts';
import { encodeRevision } from '../base/revision.ts';
import { encodeLeaseKey, encodeLeaseRecord } from '../lease/lease-record.ts';
import { type FileSystem, memoryFs } from '../vfs/index.ts';
import { boltLayout, boltPages } from './bolt-writer.ts';
import { importSnapshot } from './import-snapshot.ts';

interface Pair {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

function bolt(buckets: Record<string, readonly Pair[]>): Buffer {
  const all = Object.entries(buckets).map(([name, pairs]) => ({
    name,
    entries: () => pairs.map(({ key, value }) => ({ key, value, valueBytes: value.length })),
  }));
  const counting = boltLayout(all, 1024);
  let step = counting.next();
  while (step.done !== true) step = counting.next();
  return Buffer.concat([...boltPages(all, step.value)]);
}

const sealed = (content: Buffer): Buffer =>
  Buffer.concat([content, createHash('sha256').update(content).digest()]);

function diskWith(bytes: Uint8Array): FileSystem {
  const fs = memoryFs();
  const file = fs.open('/file', 'create');
  file.writeAt(bytes, 0);
  file.close();
  return fs;
}

const put = (main: number, fields: Partial<Parameters<typeof encodeKeyValue>[0]> = {}): Pair => {
  const plain = { key: 'key', create: main, mod: main, version: 1, lease: 0n };
  const value = Buffer.from('value');
  return { key: encodeRevision(main, 0), value: encodeKeyValue({ ...plain, value, ...fields }) };
};
const tombstone = (main: number, key = 'key'): Pair => ({
  key: encodeRevision(main, 0, true),
  value: encodeKeyValue({
    key,
    create: 0,
    mod: 0,
    version: 0,
    lease: 0n,
    value: new Uint8Array(0),
  }),
});
const meta = (name: string, main: number): Pair => ({
  key: Buffer.from(name),
  value: encodeRevision(main, 0),
});
const lease = (id: bigint): Pair => ({
  key: encodeLeaseKey(id).slice(),
  value: encodeLeaseRecord({ id, ttlSeconds: 60, remainingSeconds: 0 }),
});

async function refusal(fs: FileSystem): Promise<string> {
  const error: unknown = await importSnapshot('/file', '/store', { fs }).catch((e: unknown) => e);
  expect(error).toBeInstanceOf(VarveError);
  expect((error as VarveError).code).toBe('ERR_CORRUPT');
  if (fs.list('/').includes('store')) expect(fs.list('/store')).toEqual([]);
  return (error as VarveError).message;
}

describe('a snapshot', () => {
  it('is taken with compactions, leases and alarms', async () => {
    const content = bolt({
      key: [
        put(4, { create: 2, version: 3, lease: 9n }),
        tombstone(5),
        put(6, { key: 'b', lease: 8n }),
      ],
      meta: [meta('finishedCompactRev', 4), meta('scheduledCompactRev', 7)],
      lease: [lease(8n)],
      alarm: [{ key: Uint8Array.of(0x08, 0x05, 0x10, 0x01), value: new Uint8Array(0) }],
      authUsers: [{ key: Buffer.from('root'), value: Buffer.from('x') }],
    });
    const fs = diskWith(sealed(content));
    const info = await importSnapshot('/file', '/store', { fs });
    const { hash, ...rest } = info;
    expect(rest).toEqual({
      revision: 7,
      compactRevision: 7,
      records: 3,
      keys: 1,
      leases: 1,
      alarms: ['NOSPACE'],
      leftOut: ['authUsers'],
    });
    expect(hash).toBeGreaterThan(0);
  });

  it('is refused after any byte of it was changed, or cut off', async () => {
    const bytes = sealed(bolt({ key: [put(2), put(3, { create: 2, version: 2 })] }));
    for (let at = 0; at < bytes.length; at += 7) {
      const damaged = Buffer.from(bytes);
      damaged[at]! ^= 1 << (at % 8);
      expect(await refusal(diskWith(damaged))).toContain('SHA-256');
    }
    for (let length = 0; length < bytes.length; length += 101) {
      await refusal(diskWith(bytes.subarray(0, length)));
    }
  });

  it.each([
    ['a revision of 0', [put(0)], 'revision 0.0 is none'],
    [
      'another modRevision',
      [put(3, { mod: 2 })],
      'revision 3.0 says that it was made at revision 2',
    ],
    ['a key created later', [put(3, { create: 4 })], 'says that its key was created at revision 4'],
    ['version 0', [put(3, { version: 0 })], 'revision 3.0 has version 0'],
    ['no message', [{ ...put(3), value: Buffer.from('?') }], 'KeyValue message'],
    ['no revision key', [{ ...put(3), key: Buffer.from('three') }], 'not a revision key'],
    [
      'fields in another order',
      [{ ...put(3), value: Buffer.from([16, 3, 10, 1, 97, 24, 3, 32, 1]) }],
      'not encoded as etcd',
    ],
    [
      'a put and a tombstone at one revision',
      [put(3), tombstone(3)],
      'revision 3.0 is there twice',
    ],
    [
      'a tombstone with a value',
      [{ ...put(3), key: encodeRevision(3, 0, true) }],
      'more than a key',
    ],
    [
      'versions that contradict each other',
      [put(3), put(4, { create: 3, version: 7 })],
      'contradict',
    ],
  ])('is refused with %s', async (_, key, message) => {
    expect(await refusal(diskWith(sealed(bolt({ key }))))).toContain(message);
  });

  it.each([
    ['compaction', { meta: [{ key: Buffer.from('finishedCompactRev'), value: Buffer.from('4') }] }],
    ['lease', { lease: [{ ...lease(8n), value: Buffer.from('?') }] }],
    ['alarm', { alarm: [{ key: Uint8Array.of(0x10, 9), value: new Uint8Array(0) }] }],
  ])('is refused with a %s that is none', async (_, buckets) => {
    expect(await refusal(diskWith(sealed(bolt({ key: [put(2)], ...buckets }))))).toContain('page ');
  });

  it('goes into a new directory only, or over what an import has left', async () => {
    const fs = diskWith(sealed(bolt({ key: [put(2)] })));
    fs.makeDirectory('/store');
    fs.open('/store/RESTORE-UNFINISHED', 'create').close();
    fs.open('/store/0000000001.seg', 'create').close();
    expect((await importSnapshot('/file', '/store', { fs })).revision).toBe(2);
    await expect(importSnapshot('/file', '/store', { fs })).rejects.toMatchObject({
      code: 'ERR_INVALID_ARGUMENT',
    });
    expect(fs.list('/store')).toContain('MANIFEST');
  });

  it('leaves nothing when it is called off', async () => {
    const keys = Array.from({ length: 500 }, (_, i) => put(2 + i, { key: `key ${i}` }));
    const fs = diskWith(sealed(bolt({ key: keys })));
    const stop = new AbortController();
    const onProgress = (): void => stop.abort();
    const options = { fs, signal: stop.signal, onProgress };
    await expect(importSnapshot('/file', '/store', options)).rejects.toThrow('aborted');
    expect(fs.list('/store')).toEqual([]);
  });
});
