/** Bugs of cleaning that only a crash or a restart brings to light. */
import type { Mutant } from './mutant.ts';

const caughtBy = { part: 'states' } as const;
const REWRITE = 'engine/log/segment-rewrite.ts';
const BACKUP = 'engine/maintenance/backup-file.ts';
const KV = 'engine/mvcc/kvstore.ts';

export const cleaningMutants: readonly Mutant[] = [
  {
    name: 'a rewritten segment is not synced before it takes the place of its sources',
    file: REWRITE,
    find: 'if (end - synced >= SYNC_BYTES || end === length) {',
    replace: 'if (end - synced >= SYNC_BYTES) {',
    caughtBy,
    rule: 'at no instant is the only copy unsynced',
    runs: 200,
  },
  {
    name: 'a rewritten segment takes the place of its sources before its name is on disk',
    file: REWRITE,
    find: '    if (this.#target !== undefined) fs.syncDirectory(directory);\n',
    replace: '',
    caughtBy,
    rule: 'at no instant is the only copy unsynced',
    runs: 200,
  },
  {
    name: 'the manifest of a rewritten log gets its name before its bytes are on disk',
    file: REWRITE,
    find: '    yield aside;\n',
    replace: '',
    caughtBy,
    rule: 'at no instant is the only copy unsynced',
    runs: 200,
  },
  {
    name: 'the sources of a rewritten segment go before a manifest lists it',
    file: 'engine/log/log.ts',
    find: '    await this.commit.change(() => rewrite.swap());\n',
    replace:
      '    for (const source of rewrite.sources) this.set.fs.remove(source.file.path);\n' +
      '    this.set.fs.syncDirectory(this.set.directory);\n' +
      '    this.set.retire = async () => {};\n' +
      '    await this.commit.change(() => rewrite.swap());\n',
    caughtBy,
    rule: 'at no instant is the only copy unsynced',
    runs: 200,
  },
  {
    name: 'the name of a backup is not synced',
    file: BACKUP,
    find: '    this.#fs.syncDirectory(dirname(this.#target));\n',
    replace: '',
    caughtBy,
    rule: 'a backup that was acknowledged is there',
    runs: 100,
  },
  {
    name: 'a backup gets its name before its bytes are on disk',
    file: BACKUP,
    find: '    await this.#file.syncInBackground();\n    this.#file.close();\n',
    replace: '    this.#file.close();\n',
    caughtBy,
    rule: 'a backup that is there is whole',
    runs: 100,
  },
  {
    name: 'a compaction is acknowledged and not written down as scheduled',
    file: KV,
    find: '    batch.put(META_BUCKET, SCHEDULED_COMPACTION, encodeRevision(revision, 0));\n',
    replace: '',
    caughtBy,
    rule: 'R89a',
    runs: 100,
  },
  {
    name: 'a compaction whose last record finds no room leaves its transaction open',
    file: KV,
    find: 'batch.rollback();\n      throw error;\n    }\n    batch.end();\n    this.#backend.requestCommit();\n    return removed;',
    replace:
      'throw error;\n    }\n    batch.end();\n    this.#backend.requestCommit();\n    return removed;',
    caughtBy: { part: 'faults', only: { seed: 203_389_214, run: 11 } },
    rule: 'a full disk costs no more than what it refused',
    runs: 12,
  },
];
