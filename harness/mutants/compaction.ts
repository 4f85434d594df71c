/** Bugs in compaction, hashes and snapshots: what goes, what stays, and what is promised to stay. */
import type { Mutant } from './mutant.ts';

const caughtBy = { target: 'memory', profile: 'uniform' } as const;
const inMvcc = { target: 'mvcc', profile: 'uniform' } as const;
const onDisk = { target: 'disk', profile: 'uniform' } as const;
const KVSTORE = 'engine/mvcc/kvstore.ts';
const HASH = 'engine/mvcc/hash.ts';

const compaction: readonly Mutant[] = [
  {
    name: 'a read that is refused is told one revision too few',
    file: 'engine/mvcc/kvstore-read.ts',
    find: 'throw new CompactedError(compactRevision);',
    replace: 'throw new CompactedError(compactRevision - 1);',
    caughtBy,
    rule: 'R20',
    runs: 1000,
  },
  {
    name: 'what a compaction removes includes the tombstones of its own revision',
    file: KVSTORE,
    find: 'const bound = { at: revisions.floor(revision), before: revisions.floor(revision - 1) };',
    replace: 'const bound = { at: revisions.floor(revision), before: revisions.floor(revision) };',
    caughtBy,
    rule: 'R83',
    runs: 1000,
  },
  {
    name: 'what a compaction removes reaches one transaction further',
    file: KVSTORE,
    find: 'const bound = { at: revisions.floor(revision), before: revisions.floor(revision - 1) };',
    replace:
      'const bound = { at: revisions.floor(revision + 1), before: revisions.floor(revision) };',
    caughtBy: inMvcc,
    rule: 'R82',
    runs: 300,
  },
  {
    name: 'a compaction at the compacted revision is accepted again',
    file: KVSTORE,
    find: 'if (revision <= compactRevision) throw new CompactedError(compactRevision);',
    replace: 'if (revision < compactRevision) throw new CompactedError(compactRevision);',
    caughtBy: inMvcc,
    rule: 'R80',
    runs: 300,
  },
  {
    name: 'a compaction at the current revision is refused',
    file: KVSTORE,
    find: `    if (revision > currentRevision) throw futureRevision();
    const batch = this.#backend.batchTx();`,
    replace: `    if (revision >= currentRevision) throw futureRevision();
    const batch = this.#backend.batchTx();`,
    caughtBy: inMvcc,
    rule: 'R80',
    runs: 300,
  },
  {
    name: 'history shows records at the compacted revision until they are removed',
    file: 'engine/mvcc/kvstore-history.ts',
    find: 'revisions.mainOf(ordinal) <= compactRevision;',
    replace: 'revisions.mainOf(ordinal) < compactRevision;',
    caughtBy,
    rule: 'R99',
    runs: 3000,
  },
  {
    name: 'history from the beginning begins after the compacted revision',
    file: KVSTORE,
    find: 'const from = range.from > 0 ? range.from : Math.max(compactRevision, 0);',
    replace: 'const from = range.from > 0 ? range.from : Math.max(compactRevision + 1, 0);',
    caughtBy,
    rule: 'R99',
    runs: 300,
  },
  {
    name: 'a compaction is not written down until it is finished',
    file: KVSTORE,
    find: 'batch.put(META_BUCKET, SCHEDULED_COMPACTION, encodeRevision(revision, 0));',
    replace: '',
    caughtBy: onDisk,
    rule: 'R89a',
    runs: 300,
  },
  {
    name: 'after a restart a compaction that has not finished is not in force',
    file: KVSTORE,
    find: 'Math.max(scheduled, this.#metaRevision(FINISHED_COMPACTION))',
    replace: 'Math.min(scheduled, this.#metaRevision(FINISHED_COMPACTION))',
    caughtBy: onDisk,
    rule: 'R89a',
    runs: 300,
  },
  {
    name: 'a compaction is acknowledged before it is on disk',
    file: 'engine/store.ts',
    find: `    await this.#backend.flush();
    if (options.physical === true) await removed;`,
    replace: '    if (options.physical === true) await removed;',
    caughtBy: onDisk,
    rule: 'R89a',
    runs: 1000,
  },
  {
    name: 'a compaction that is scheduled just as the one before ends is never run',
    file: 'engine/maintenance/compactor.ts',
    find: `    // In the same turn as the look that found no job: one that came in between would wait for ever.
    this.#running = undefined;`,
    replace: `    setImmediate(() => {
      this.#running = undefined;
    });`,
    caughtBy,
    rule: 'R89',
    runs: 1000,
  },
];

const hashes: readonly Mutant[] = [
  {
    name: 'a hash counts a superseded record at the compacted revision',
    file: HASH,
    find: 'if (ordinal <= compacted && !isSeen(',
    replace: 'if (ordinal < compacted && !isSeen(',
    caughtBy,
    rule: 'R141',
    runs: 300,
  },
  {
    name: 'a hash keeps what was seen at the compacted revision',
    file: HASH,
    find: '!isSeen(state, key, ordinal, keptAt)) continue;',
    replace: '!isSeen(state, key, ordinal, compacted)) continue;',
    caughtBy,
    rule: 'R141',
    runs: 300,
  },
  {
    name: 'a hash that sees no key forgets what the compaction kept',
    file: HASH,
    find: 'const keptAt = seesAny ? upper : compacted;',
    replace: 'const keptAt = seesAny || compacted < 0 ? upper : -1;',
    caughtBy,
    rule: 'R141',
    runs: 3000,
  },
  {
    name: 'the compacted revision cannot be hashed',
    file: HASH,
    find: 'if (revision > 0 && revision < compactRevision)',
    replace: 'if (revision > 0 && revision <= compactRevision)',
    caughtBy,
    rule: 'R145',
    runs: 1000,
  },
  {
    name: 'a hash leaves leases out',
    file: HASH,
    find: 'if (lease !== 0n) this.hash =',
    replace: 'if (lease < 0n) this.hash =',
    caughtBy: { target: 'memory', profile: 'locks' },
    rule: 'R140',
    runs: 300,
  },
];

const held: readonly Mutant[] = [
  {
    name: 'a snapshot cannot be read below the compacted revision',
    file: 'engine/mvcc/kvstore-read.ts',
    find: 'Math.min(compactRevision, this.#pinned)',
    replace: 'Math.max(compactRevision, Math.min(0, this.#pinned))',
    caughtBy,
    rule: 'snapshot',
    runs: 3000,
  },
  {
    name: 'a hash does not hold compaction back',
    file: 'engine/maintenance/maintenance.ts',
    find: 'const release = this.pins.hold(kv.firstRev());',
    replace: 'const release = (): void => {};',
    caughtBy,
    rule: 'R143',
    runs: 10000,
  },
  {
    name: 'a snapshot does not hold compaction back',
    file: 'engine/past.ts',
    find: 'const release = maintenance.pins.hold(revision);',
    replace: 'const release = (): void => {};',
    caughtBy,
    rule: 'snapshot',
    runs: 300,
  },
  {
    name: 'a snapshot right below a compaction does not hold it back',
    file: 'engine/maintenance/pins.ts',
    find: 'if (held < revision) return true;',
    replace: 'if (held < revision - 1) return true;',
    caughtBy,
    rule: 'snapshot',
    runs: 300,
  },
  {
    name: 'one snapshot released frees what another one holds',
    file: 'engine/maintenance/pins.ts',
    find: 'if (!this.#held.delete(pin)) return;',
    replace: 'this.#held.clear();',
    caughtBy,
    rule: 'snapshot',
    runs: 300,
  },
];

export const compactionMutants: readonly Mutant[] = [...compaction, ...hashes, ...held];
