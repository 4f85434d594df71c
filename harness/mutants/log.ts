/** Bugs around durability and restarts: what is acknowledged, written, checkpointed and read back. */
import type { Mutant } from './mutant.ts';

const caughtBy = { target: 'disk', profile: 'uniform' } as const;
const CORE = 'engine/store-core.ts';
const COMMIT = 'engine/log/group-commit.ts';
const CHECKPOINTER = 'engine/backend/checkpointer.ts';

const acknowledging: readonly Mutant[] = [
  {
    name: 'a write is acknowledged before it is on disk',
    file: CORE,
    find: '      this.kv.rev() > this.durableRevision &&\n',
    replace: '      this.kv.rev() > this.durableRevision + 1 &&\n',
    caughtBy,
    rule: 'R170',
    runs: 3000,
  },
  {
    name: 'events are shown before they are on disk',
    file: CORE,
    find: "return this.#options.sync === 'commit' ? this.durableRevision : this.kv.rev();",
    replace: 'return this.kv.rev();',
    caughtBy,
    rule: 'Acknowledged',
    runs: 1000,
  },
  {
    name: 'a watch that catches up shows what is not on disk',
    file: 'engine/watch/watch-chan.ts',
    find: 'return head !== undefined && head.batch.revision <= this.#shownRevision();',
    replace: 'return head !== undefined;',
    caughtBy,
    rule: 'Acknowledged',
    runs: 5000,
  },
  {
    name: 'the record of a compaction pulls the durable revision back',
    file: 'engine/log/log-writer.ts',
    find: 'if (this.#txnRevision > this.#lastRevision) this.#lastRevision = this.#txnRevision;',
    replace: 'if (this.#txnRevision > 0) this.#lastRevision = this.#txnRevision;',
    caughtBy,
    rule: 'R89',
    runs: 1000,
  },
  {
    name: 'a change of the log is made by its batch and by the next one',
    file: COMMIT,
    find: '    this.#waiters = [];\n    this.#changes = [];\n    try {',
    replace: '    this.#waiters = [];\n    try {',
    caughtBy,
    rule: 'defragment changes nothing',
    runs: 300,
  },
  {
    name: 'a close does not write what no sync was due for',
    file: COMMIT,
    find: '    if (this.failure !== undefined) return;\n    this.commitNow();',
    replace: `    if (this.failure !== undefined || this.#init.sync !== 'commit') return;
    this.commitNow();`,
    caughtBy,
    rule: 'restart changes nothing',
    runs: 1000,
  },
  {
    name: 'a segment leaves memory before it is written',
    file: 'engine/log/segment-cache.ts',
    find: '      if (segment.flushed < segment.tail) continue;\n',
    replace: '',
    caughtBy,
    rule: 'reads are of what was written',
    runs: 300,
  },
  {
    name: 'what was asked for during a background sync is forgotten',
    file: COMMIT,
    find: 'if (this.#again || this.#waiters.length > 0 || this.#changes.length > 0) this.#start();',
    replace: '',
    caughtBy,
    rule: 'R170',
    runs: 1000,
  },
];

const restart: readonly Mutant[] = [
  {
    name: 'a checkpoint misses the latest change',
    file: CHECKPOINTER,
    find: 'count: table.count,',
    replace: 'count: Math.max(0, table.count - 1),',
    caughtBy,
    rule: 'restart changes nothing',
    runs: 300,
  },
  {
    name: 'a checkpoint counts the versions of a key with one revision from the start',
    file: 'engine/mvcc/index-image.ts',
    find: `    this.#integer(2);
    this.#integer(created);
    this.#integer(version);`,
    replace: `    this.#integer(2);
    this.#integer(created);
    this.#integer(1);`,
    caughtBy,
    rule: 'R84',
    runs: 1000,
  },
  {
    name: 'a checkpoint has the mod revision of a key for its create revision',
    file: 'engine/mvcc/index-image.ts',
    find: '      this.#integer(state.created);',
    replace: '      this.#integer(state.created + state.open.length - 1);',
    caughtBy,
    rule: 'R10',
    runs: 300,
  },
  {
    name: 'a checkpoint leaves out the last entries of the small buckets',
    file: 'engine/backend/buckets.ts',
    find: `        ats.push(entry.at);
      }
      yield { bucket, number, keys, values, slots, ats };`,
    replace: `        ats.push(entry.at);
      }
      if (keys.length > 1) [keys, values, slots, ats] = emptyColumns();
      yield { bucket, number, keys, values, slots, ats };`,
    caughtBy: { target: 'disk', profile: 'locks' },
    rule: 'R127',
    runs: 300,
  },
  {
    name: 'the last frame of a checkpoint is read once more',
    file: 'engine/log/log.ts',
    find: 'for (const frame of scanActive(segment)) if (frame.sequence > after) yield frame;',
    replace: 'for (const frame of scanActive(segment)) if (frame.sequence >= after) yield frame;',
    caughtBy,
    rule: 'restart changes nothing',
    runs: 1000,
  },
  {
    name: 'the first frame after a checkpoint is not read',
    file: 'engine/log/log.ts',
    find: 'for (const frame of scanActive(segment)) if (frame.sequence > after) yield frame;',
    replace:
      'for (const frame of scanActive(segment)) if (frame.sequence > after + (after > 0 ? 1 : 0)) yield frame;',
    caughtBy,
    rule: 'restart changes nothing',
    runs: 1000,
  },
  {
    name: 'after a restart deleted keys are counted',
    file: 'engine/mvcc/tree-index.ts',
    find: 'const deleted = indices.filter((index) => index.isDeleted).map(({ key }) => key);',
    replace: 'const deleted = indices.filter((index) => index.isEmpty).map(({ key }) => key);',
    caughtBy,
    rule: 'R22',
    runs: 300,
  },
  {
    name: 'the version of a key goes on from the life before after a restart',
    file: 'engine/mvcc/key-index.ts',
    find: '    this.created = created;\n    this.version = version;\n  }\n\n  /** A tombstone as',
    replace:
      '    this.created = created;\n    this.version ||= version;\n  }\n\n  /** A tombstone as',
    caughtBy,
    rule: 'R89b',
    runs: 10000,
  },
  {
    name: 'tombstones are read back as puts',
    file: 'engine/mvcc/index-restore.ts',
    find: 'if (chunk.tombstones[i]!) this.#addTombstone(',
    replace: 'if (chunk.tombstones[i]! && i > 0) this.#addTombstone(',
    caughtBy,
    rule: 'R89b',
    runs: 300,
  },
  {
    name: 'after a restart the current revision is that of the last put',
    file: 'engine/mvcc/kvstore.ts',
    find: 'const newest = last < 0 ? 1 : revisions.mainOf(last);',
    replace:
      'const newest = last < 0 ? 1 : revisions.mainOf(revisions.isTombstone(last) ? Math.max(0, last - 1) : last);',
    caughtBy,
    rule: 'R89a',
    runs: 1000,
  },
];

export const logMutants: readonly Mutant[] = [...acknowledging, ...restart];
