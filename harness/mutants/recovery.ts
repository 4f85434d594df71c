/** Bugs that only a crash, a failing disk or damage brings to light. */
import type { Mutant } from './mutant.ts';

const caughtBy = { part: 'states' } as const;
const DURABILITY = 'engine/log/durability.ts';
const COMMIT = 'engine/log/group-commit.ts';
const MANIFEST = 'engine/log/manifest.ts';
const OPEN = 'engine/log/open-log.ts';
const RECOVERY = 'engine/log/recovery.ts';
const REWRITE = 'engine/log/segment-rewrite.ts';
const BACKUP = 'engine/maintenance/backup-file.ts';
const KV = 'engine/mvcc/kvstore.ts';

const writing: readonly Mutant[] = [
  {
    name: 'a new segment is listed before its name is on disk',
    file: DURABILITY,
    find: '  fs.syncDirectory(directory);\n',
    replace: '',
    caughtBy,
    rule: 'R170',
    runs: 60,
  },
  {
    name: 'a new segment is listed before its bytes are on disk',
    file: DURABILITY,
    find: '  for (const { segment } of parts) yield segment.file;\n',
    replace: '',
    caughtBy,
    rule: 'R170',
    runs: 60,
  },
  {
    name: 'a manifest gets its name before its bytes are on disk',
    file: DURABILITY,
    find: '  yield aside;\n',
    replace: '',
    caughtBy,
    rule: 'R170',
    runs: 60,
  },
  {
    name: 'the name of a new manifest is not synced',
    file: MANIFEST,
    find: '  fs.rename(`${directory}/${MANIFEST_ASIDE}`, `${directory}/${MANIFEST}`);\n  fs.syncDirectory(directory);\n',
    replace: '  fs.rename(`${directory}/${MANIFEST_ASIDE}`, `${directory}/${MANIFEST}`);\n',
    caughtBy,
    rule: 'R170',
    runs: 60,
  },
  {
    name: 'nothing is synced in place',
    file: COMMIT,
    find: '        first.value.sync();\n',
    replace: '',
    caughtBy,
    rule: 'R170',
    runs: 20,
  },
  {
    name: 'of several syncs in place only the first is made',
    file: COMMIT,
    find: '        for (const file of steps) file.sync();\n',
    replace: '        for (const _file of steps);\n',
    caughtBy,
    rule: 'R170',
    runs: 60,
  },
  {
    name: 'nothing is synced in the background',
    file: COMMIT,
    find: '      await background.file.syncInBackground();\n',
    replace: '      await Promise.resolve();\n',
    caughtBy,
    rule: 'R170',
    runs: 60,
  },
  {
    name: 'of several syncs in the background only the first is made',
    file: COMMIT,
    find: '        await value.syncInBackground();\n',
    replace: '',
    caughtBy,
    rule: 'R170',
    runs: 200,
  },
  {
    name: 'a sync that is taken over is not made',
    file: COMMIT,
    find: '      file.sync();\n      for (const next of steps) next.sync();\n',
    replace: '      for (const next of steps) next.sync();\n',
    caughtBy,
    rule: 'R170',
    runs: 200,
  },
  {
    name: 'a frame may begin in the sector in which the batch before it ends',
    file: 'engine/log/log-writer.ts',
    find: 'this.#pad(SECTOR_BYTES)',
    replace: 'this.#pad(8)',
    caughtBy,
    rule: 'a synced sector is never written again',
    runs: 60,
  },
];

const opening: readonly Mutant[] = [
  {
    name: 'the first segment is not synced before the first manifest lists it',
    file: OPEN,
    find: '  first.file.sync();\n',
    replace: '',
    caughtBy,
    rule: 'R170',
    runs: 60,
  },
  {
    name: 'the first manifest is not synced',
    file: OPEN,
    find: '  aside.sync();\n',
    replace: '',
    caughtBy,
    rule: 'R170',
    runs: 60,
  },
  {
    name: 'recovery does not sync what a killed process had written',
    file: RECOVERY,
    find: '  if (!options.readOnly) segment.file.sync();\n',
    replace: '',
    caughtBy,
    rule: 'Revealed',
    runs: 300,
  },
  {
    name: 'recovery does not sync the names that a killed process had changed',
    file: OPEN,
    find: '  set.fs.syncDirectory(set.directory);\n',
    replace: '',
    caughtBy,
    rule: 'R170',
    runs: 600,
  },
  {
    name: 'recovery clears away before the manifest that allows it is on disk',
    file: OPEN,
    find: 'names: readonly string[]): void {\n  set.fs.syncDirectory(set.directory);\n',
    replace:
      'names: readonly string[]): void {\n  queueMicrotask(() => set.fs.syncDirectory(set.directory));\n',
    caughtBy,
    rule: 'R170',
    runs: 600,
  },
  {
    name: 'whole frames behind a cut are not wiped',
    file: RECOVERY,
    find: '  const end = last === undefined ? at : frameEnd(last.at, last.header, SECTOR_BYTES);\n',
    replace: '  const end = at;\n',
    caughtBy,
    rule: 'Requested',
    runs: 300,
  },
  {
    name: 'recovery writes into the sector that holds the end of a durable frame',
    file: RECOVERY,
    find: 'isPadded ? segment.tail : at',
    replace: 'isPadded ? at : segment.tail',
    caughtBy,
    rule: 'a synced sector is never written again',
    runs: 200,
  },
  {
    name: 'a torn frame passes for a whole one',
    file: 'engine/log/format.ts',
    find: '  if (frameChecksum(buffer, start, length, (salt ^ at) >>> 0) !== checksum) return undefined;\n',
    replace: '',
    caughtBy,
    rule: 'Unaltered',
    runs: 60,
  },
  {
    name: 'a durable frame that is damaged is cut off like a torn one',
    file: RECOVERY,
    find: 'if (claimant !== undefined || options.claim.sequence >= expected) {',
    replace: 'if (claimant !== undefined && options.claim.sequence > expected + 1e9) {',
    caughtBy: { part: 'corruption' },
    rule: 'Acknowledged',
    runs: 20,
  },
  {
    name: 'a manifest is believed without its checksum',
    file: MANIFEST,
    find: 'if (sum !== checksum(body)) {',
    replace: 'if (sum === undefined) {',
    caughtBy: { part: 'corruption' },
    rule: 'damage is refused',
    runs: 20,
  },
  {
    name: 'a checkpoint is believed without its checksums',
    file: 'engine/log/checkpoint-file.ts',
    find: 'if (end > bytes.length || sum !== bytes.readUInt32LE(at + 8)) return',
    replace: 'if (end > bytes.length || sum === -1) return',
    caughtBy: { part: 'corruption' },
    rule: 'damage is refused',
    runs: 40,
  },
  {
    name: 'each chunk of a checkpoint is checked by itself',
    file: 'engine/log/checkpoint-file.ts',
    find: 'crc32(bytes, crc32(head.subarray(0, 8), before));',
    replace: 'crc32(bytes, crc32(head.subarray(0, 8), before & 0));',
    caughtBy: { part: 'corruption' },
    rule: 'damage is refused',
    runs: 200,
  },
];

const cleaning: readonly Mutant[] = [
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

export const recoveryMutants: readonly Mutant[] = [...writing, ...opening, ...cleaning];
