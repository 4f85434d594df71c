/** An index that disagrees with its log is found out, whatever the disagreement is. */
import { describe, expect, test } from 'vitest';
import { type Backend, META_BUCKET } from '../backend/backend.ts';
import { MemoryBackend } from '../backend/memory-backend.ts';
import { encodeRevision } from '../base/revision.ts';
import { KeyIndex } from './key-index.ts';
import { KvStore } from './kvstore.ts';
import { CURRENT_REVISION, FINISHED_COMPACTION, SCHEDULED_COMPACTION } from './meta-keys.ts';
import { verifyIndex } from './verify-index.ts';
import { verifyMeta } from './verify-meta.ts';

/** a: put, put, tombstone, put; b: put; c: put, tombstone. */
function store(): { readonly kv: KvStore; readonly backend: Backend } {
  const backend = MemoryBackend.open();
  const { index, restore } = KvStore.newIndex(() => 0.5);
  restore.finish();
  const kv = new KvStore(backend, index);
  kv.put('a', '1', 0n);
  kv.put('a', '2', 0n);
  kv.deleteRange('a', undefined);
  kv.put('a', '3', 0n);
  kv.put('b', '1', 0n);
  kv.put('c', '1', 0n);
  kv.deleteRange('c', undefined);
  return { kv, backend };
}

function problemsOf({ kv, backend }: ReturnType<typeof store>): string[] {
  const problems: string[] = [];
  const job = verifyIndex(kv.index, backend.readTx().revisions, (found) => problems.push(found));
  while (job.next().done !== true);
  return problems;
}

test('nothing is wrong with a sound one, before, within and after a compaction', () => {
  const sound = store();
  expect(problemsOf(sound)).toEqual([]);
  const removal = sound.kv.removeCompacted(6);
  while (removal.next().done !== true) expect(problemsOf(sound)).toEqual([]);
  expect(problemsOf(sound)).toEqual([]);
});

describe('found out:', () => {
  const tampering: [string, (kv: KvStore, backend: Backend) => void, RegExp][] = [
    [
      'a record whose key is not in the index',
      (_, backend) => void backend.batchTx().putRevision(record('d', 1)),
      /^revision 9\.0 of key "d" is in the log, and the index has no such key: remove/,
    ],
    [
      'a record that is not in the history of its key',
      (_, backend) => void backend.batchTx().putRevision(record('b', 2)),
      /^revision 9\.0 of key "b" is in the log, and not in the key's history/,
    ],
    [
      'a wrong version',
      (kv) => void kv.index.keyIndex('b')!.version++,
      /^revision 6\.0 of key "b" is version 1, created in 6 in the log, and version 2, created in 6/,
    ],
    [
      'a wrong create revision',
      (kv) => void (kv.index.keyIndex('a')!.created = 2),
      /^revision 5\.0 of key "a" is version 1, created in 5 in the log, and version 1, created in 2/,
    ],
    [
      'a tombstone taken for a put',
      (kv) => {
        const found = kv.index.keyIndex('c')!;
        found.replace([], [5, 6]);
        found.version = 2;
        found.created = 7;
      },
      /^revision 8\.0 of key "c" is a tombstone in the log, and the index takes it for a put/,
    ],
    [
      'a key that the log does not know',
      (kv) => kv.index.insert(new KeyIndex('zz', 0, 2, 1)),
      /^key "zz": its history has revision 2, which is one of "a"/,
    ],
    [
      'a key that the log does not know, before the one whose revision it has',
      (kv) => kv.index.insert(new KeyIndex('0', 0, 2, 1)),
      /^key "a": another key's history has its revision 2, too/,
    ],
    [
      'a revision that was removed',
      (_, backend) => backend.batchTx().removeRevision(4),
      /^key "b": its history has a revision that is not in the log \(ordinal 4\)/,
    ],
    [
      'a count that is not right',
      (kv) => {
        kv.index.keyIndex('b')!.created = 0;
        kv.index.keyIndex('b')!.version = 0;
      },
      /^keys from "" on: 1 exist and 2 are counted/,
    ],
  ];
  test.each(tampering)('%s', (_, tamper, expected) => {
    const damaged = store();
    tamper(damaged.kv, damaged.backend);
    expect(problemsOf(damaged)).toContainEqual(expect.stringMatching(expected));
  });
});

test('bucket meta: a compaction finished but not scheduled, revisions ahead, wrong lengths', () => {
  const { kv, backend } = store();
  const problems = (): string[] => {
    const found: string[] = [];
    verifyMeta(backend.readTx(), kv.rev(), (problem) => found.push(problem));
    return found;
  };
  expect(problems()).toEqual([]);
  const batch = backend.batchTx();
  batch.put(META_BUCKET, FINISHED_COMPACTION, encodeRevision(5, 0));
  expect(problems()).toEqual([expect.stringContaining('the last one scheduled is -1')]);
  batch.put(META_BUCKET, SCHEDULED_COMPACTION, encodeRevision(50, 0));
  expect(problems()).toEqual([expect.stringContaining('the store is at revision 8')]);
  batch.put(META_BUCKET, SCHEDULED_COMPACTION, new Uint8Array(3));
  batch.put(META_BUCKET, CURRENT_REVISION, new Uint8Array(3));
  expect(problems()).toContainEqual(expect.stringContaining('scheduledCompactRev: not a revision'));
  expect(problems()).toContainEqual(expect.stringContaining('currentRevision: 3 bytes'));
});

const record = (key: string, version: number): Parameters<KvBatch['putRevision']>[0] => ({
  main: 9,
  sub: 0,
  tombstone: false,
  key,
  value: '',
  create: 9,
  version,
  lease: 0n,
});
type KvBatch = ReturnType<Backend['batchTx']>;
