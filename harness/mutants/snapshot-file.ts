/** Bugs in snapshot files: what an export writes, and what an import makes of it. */
import type { Mutant } from './mutant.ts';

const caughtBy = { part: 'snapshots' } as const;
const BUCKETS = 'engine/bolt/store-buckets.ts';
const TREE = 'engine/bolt/tree-writer.ts';
const RECORDS = 'engine/bolt/import-records.ts';

const exported: readonly Mutant[] = [
  {
    name: 'a tombstone is exported as a put',
    file: BUCKETS,
    find: 'const tombstone = revisions.isTombstone(ordinal);',
    replace: 'const tombstone = ordinal < 0;',
    caughtBy,
    rule: 'R152',
    runs: 20,
  },
  {
    name: 'all changes of a transaction are exported as its first',
    file: BUCKETS,
    find: 'const key = encodeRevision(main, sub, tombstone);',
    replace: 'const key = encodeRevision(main, 0 * sub, tombstone);',
    caughtBy,
    rule: 'R152',
    runs: 20,
  },
  {
    name: 'an export does not say up to where it is compacted',
    file: BUCKETS,
    find: 'entries.set(META_BUCKET, metaEntries(view, shown));',
    replace: 'entries.set(META_BUCKET, metaEntries(view, shown).slice(0, 1));',
    caughtBy,
    rule: 'R152',
    runs: 20,
  },
  {
    name: 'an export has no leases',
    file: BUCKETS,
    find: 'entries.set(LEASE_BUCKET, pairsOf(view, LEASE_BUCKET));',
    replace: 'entries.set(LEASE_BUCKET, []);',
    caughtBy,
    rule: 'R152',
    runs: 20,
  },
  {
    name: 'keys are exported without the leases that they hang on',
    file: BUCKETS,
    find: 'const { main, sub, create, version, lease } = stored;',
    replace: 'const { main, sub, create, version } = stored;\n    const lease = 0n;',
    caughtBy,
    rule: 'R152',
    runs: 40,
  },
  {
    name: 'the checksum of a meta page leaves out its transaction',
    file: 'engine/bolt/format.ts',
    find: 'body.writeBigUInt64LE(fnv1a(body.subarray(0, CHECKSUM_AT)), CHECKSUM_AT);',
    replace: 'body.writeBigUInt64LE(fnv1a(body.subarray(0, CHECKSUM_AT - 8)), CHECKSUM_AT);',
    caughtBy,
    rule: 'R152',
    runs: 10,
  },
  {
    name: 'a large page does not say that it runs over',
    file: TREE,
    find: 'overflow: pages - 1 });',
    replace: 'overflow: 0 });',
    caughtBy,
    rule: 'R152',
    runs: 60,
  },
  {
    name: 'a branch has the last key of a page instead of its first',
    file: TREE,
    find: 'const key = this.#elements[0]?.key ?? NO_KEY;',
    replace: 'const key = this.#elements.at(-1)?.key ?? NO_KEY;',
    caughtBy,
    rule: 'R152',
    runs: 40,
  },
  {
    name: 'of the two pages that end a level the last is forgotten',
    file: TREE,
    find: 'for (const child of last) {',
    replace: 'for (const child of last.slice(0, 1)) {',
    caughtBy,
    rule: 'R152',
    runs: 40,
  },
];

const imported: readonly Mutant[] = [
  {
    name: 'the last element of a leaf is not read',
    file: 'engine/bolt/bolt-tree.ts',
    find: 'for (let i = 0; i < node.count; i++) {',
    replace: 'for (let i = 0; i < Math.max(1, node.count - 1); i++) {',
    caughtBy,
    rule: 'R152',
    runs: 10,
  },
  {
    name: 'an only lease is not imported',
    file: 'engine/bolt/import-buckets.ts',
    find: 'if (records.length > 0) yield records;',
    replace: 'if (records.length > 1) yield records;',
    caughtBy,
    rule: 'R152',
    runs: 40,
  },
  {
    name: 'the records after the last full frame are not imported',
    file: RECORDS,
    find: '  if (frame.length > 0) yield frameOf(frame, bytes);\n',
    replace: '',
    caughtBy,
    rule: 'R152',
    runs: 10,
  },
  {
    name: 'the history is imported as if it were never compacted',
    file: 'engine/bolt/import-buckets.ts',
    find: 'return { scheduled: Math.max(scheduled, finished), finished, raised };',
    replace: 'return { scheduled: Math.min(scheduled, -1), finished: -1, raised };',
    caughtBy,
    rule: 'R152',
    runs: 20,
  },
  {
    name: 'a frame of an import ends in the middle of a record',
    file: RECORDS,
    find: 'length: end - FRAME_HEADER_BYTES,',
    replace: 'length: end - FRAME_HEADER_BYTES - 1,',
    caughtBy,
    rule: 'R152',
    runs: 10,
  },
];

export const snapshotFileMutants: readonly Mutant[] = [...exported, ...imported];
