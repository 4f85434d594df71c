/**
 * From a damaged directory to a new store that holds everything still readable. The original is read and
 * never written.
 *
 *     original   f1  f2  ✗  f4  f5           revisions 2 to 9, of which 4 and 5 were in the third frame
 *     new        what a read at 5 sees       compacted at 5: history below has a hole
 *                f4  f5                      revisions 6 to 9, as they were
 *
 * - A revision keeps its number, a key its version and create revision. None is given out again: where
 *   nobody knows how many were lost, the new store's revision is raised beyond all that can have been.
 * - A frame that fails its checksum is lost as a whole, so no transaction comes in part.
 * - Leases, alarms and what the store notes about itself are carried: of each the newest that is left.
 * - A removal that survived applies, wherever it stands.
 * - With a hole, the new store is compacted at the last revision that the hole can have held
 *   (`salvage-compact.ts`). Not if only the log's end is lost, and no segment was ever cleaned: then all
 *   that is left of history is as it was.
 */
import { resolve } from 'node:path';
import { META_BUCKET } from '../backend/backend.ts';
import { wellKnownNumber } from '../backend/buckets.ts';
import { keyStringOf } from '../base/bytes.ts';
import { corrupt, invalidArgument } from '../base/errors.ts';
import { type Logger, silentLogger } from '../base/logger.ts';
import { encodeRevision } from '../base/revision.ts';
import { emptyView } from '../log/log-reader.ts';
import type { FoundLog } from '../log/salvage-find.ts';
import {
  CURRENT_REVISION,
  encodeCount,
  FINISHED_COMPACTION,
  SCHEDULED_COMPACTION,
} from '../mvcc/meta-keys.ts';
import type { CallOptions, SalvageReport } from '../types.ts';
import type { File, FileSystem } from '../vfs/fs.ts';
import { nodeFs } from '../vfs/node-fs.ts';
import { diskError } from './disk-error.ts';
import { RestoredLog } from './restored-log.ts';
import { SalvageCompaction } from './salvage-compact.ts';
import { copyEntries, copyRecords, type SalvagePlan } from './salvage-copy.ts';
import { salvageReport, type SalvageWritten } from './salvage-report.ts';
import { inSlices } from './in-slices.ts';
import { claimNewStore, clearNewStore, finishNewStore } from './new-store.ts';
import { checkPath, examine, lockToRead } from './salvage-source.ts';
import { LivingRecords, SalvageSurvey, visitFrame } from './salvage-survey.ts';

export interface SalvageOptions extends CallOptions {
  /** Copy only what comes before the first damage: then history up to there is kept. Default false. */
  readonly beforeDamage?: boolean;
  /** Default 64 MiB: the segments are about this long. */
  readonly segmentSizeBytes?: number;
  readonly fs?: FileSystem;
  readonly random?: () => number;
  readonly logger?: Logger;
}

/**
 * Copies everything that is still readable in `directory` to a new store in `out`, which must be empty or
 * missing, and tells what is lost. `directory` is not changed. It must not be open.
 *
 * Revisions keep their numbers. If something is lost in the middle of the log, history below that is
 * forgotten, as by a compaction: with a hole in it, it could not be trusted. `beforeDamage` copies what comes
 * before the hole instead, with its history. A key whose last change is not above `uncertainUpTo` may have been
 * changed or deleted by what is lost.
 *
 * Errors: ERR_NOT_FOUND, ERR_LOCKED, ERR_NO_SPACE, ERR_CORRUPT (nothing is readable),
 * ERR_INVALID_ARGUMENT (`out` is in use; options; a format of another version). After an error `out` is
 * empty, or what it was.
 * @public
 */
export async function salvageDirectory(
  directory: string,
  out: string,
  options: SalvageOptions = {},
): Promise<SalvageReport> {
  const { fs = nodeFs, logger = silentLogger, signal } = options;
  signal?.throwIfAborted();
  checkOptions(directory, out, options);
  try {
    const lock = lockToRead(fs, directory);
    try {
      const plan = await inSlices(planOf(fs, directory, options), signal);
      const written = await write(fs, out, plan, options, () => lock.check());
      const report = salvageReport(directory, plan, written);
      const { revision, changes, lost } = report;
      logger.info({ directory, out, revision, changes, lost: lost.length }, 'store salvaged');
      return report;
    } finally {
      lock.release();
    }
  } catch (error) {
    throw diskError(error, directory);
  }
}

function checkOptions(directory: string, out: string, { segmentSizeBytes }: SalvageOptions): void {
  checkPath(directory, 'salvage');
  checkPath(out, 'salvage');
  if (`${resolve(out)}/`.startsWith(`${resolve(directory)}/`)) {
    throw invalidArgument(`${out} lies in ${directory}, which is not to be changed: name another`);
  }
  const size = segmentSizeBytes ?? 4096;
  if (!Number.isSafeInteger(size) || size < 4096) {
    throw invalidArgument(`segmentSizeBytes is 4096 or more, not ${size}`);
  }
}

function* planOf(
  fs: FileSystem,
  directory: string,
  { beforeDamage = false }: SalvageOptions,
): Generator<void, SalvagePlan, void> {
  const source = yield* examine(fs, directory);
  if (source.unfinished === 'restore') {
    const what = 'a restore into it was interrupted, and nothing else is there: run it again';
    throw invalidArgument(`${directory}: ${what}`);
  }
  const survey = new SalvageSurvey(beforeDamage);
  for (const step of source.surviving.steps()) {
    survey.visit(step);
    yield;
  }
  survey.finish(source.checkpoint.revision);
  if (survey.frames === 0 && (survey.holes.length > 0 || source.log.storeId === '')) {
    throw corrupt(directory, 'nothing in it is readable: restore a backup');
  }
  const revision = compactionRevision(survey, source.log);
  if (revision === undefined) return { source, survey, compaction: undefined };
  const compaction = new SalvageCompaction(revision);
  const living = new LivingRecords(survey.removals);
  const view = emptyView();
  for (const step of source.surviving.steps()) {
    if (step.kind === 'hole' && !step.isMark && beforeDamage) break;
    if (step.kind !== 'frame') continue;
    visitFrame(step, view, (record) => {
      if (living.has(record)) compaction.visit(record);
    });
    yield;
  }
  return { source, survey, compaction };
}

/** Undefined if history is as it was, or nothing but its end is lost. */
function compactionRevision(survey: SalvageSurvey, log: FoundLog): number | undefined {
  const { holes } = survey;
  if (holes.length === 0) return undefined;
  if (isNeverCleaned(log) && holes.every(({ to }) => to === undefined)) return undefined;
  return Math.max(
    ...holes.map(({ after, before }) =>
      before === undefined ? survey.greatestRevision : Math.max(after, before - 1),
    ),
    survey.compaction(SCHEDULED_COMPACTION),
    survey.compaction(FINISHED_COMPACTION),
    survey.compacted,
  );
}

/** Cleaning gives what it writes an id of its own, and takes ids away. */
function isNeverCleaned({ segments }: FoundLog): boolean {
  const { entry, found } = segments[0]!;
  const first = entry?.sealed?.firstSequence ?? entry?.firstSequence ?? found?.firstSequence;
  return first === 1 && segments.every(({ id }, at) => id === at + 1);
}

async function write(
  fs: FileSystem,
  out: string,
  plan: SalvagePlan,
  options: SalvageOptions,
  check: () => void,
): Promise<SalvageWritten> {
  const { random = Math.random, segmentSizeBytes = 64 * 1024 * 1024, signal } = options;
  noteRevisions(plan);
  fs.makeDirectory(out);
  const lock = fs.lock(`${out}/LOCK`);
  try {
    claimNewStore(fs, out, 'salvage into a new directory');
    const log = new RestoredLog(fs, out, segmentSizeBytes, random);
    try {
      const changes = await inSlices(copy(plan, log, options, check), signal);
      finishNewStore(fs, out);
      return { changes, sizeBytes: sizeOf(fs, out) };
    } catch (error) {
      log.dispose();
      if (!log.isComplete) clearNewStore(fs, out);
      throw error;
    }
  } finally {
    lock.release();
  }
}

function* copy(
  plan: SalvagePlan,
  log: RestoredLog,
  { beforeDamage = false }: SalvageOptions,
  check: () => void,
): Generator<File | undefined, number, void> {
  yield* copyEntries(plan.survey, log);
  const changes = yield* copyRecords(plan, beforeDamage, log);
  // The last moment at which the copy is none yet.
  check();
  yield* log.finish();
  return changes;
}

/** The store's own notes say which revision it is at, and where its history begins. */
function noteRevisions({ survey, compaction }: SalvagePlan): void {
  const number = wellKnownNumber(META_BUCKET);
  const meta = survey.entries.get(number) ?? new Map<string, Uint8Array>();
  survey.entries.set(number, meta);
  if (compaction !== undefined) {
    const revision = encodeRevision(compaction.revision, 0);
    meta.set(keyStringOf(SCHEDULED_COMPACTION), revision);
    meta.set(keyStringOf(FINISHED_COMPACTION), revision);
  }
  if (survey.greatestRevision > survey.knownRevision) {
    meta.set(keyStringOf(CURRENT_REVISION), encodeCount(survey.greatestRevision));
  }
}

function sizeOf(fs: FileSystem, directory: string): number {
  let bytes = 0;
  for (const name of fs.list(directory)) {
    const file = fs.open(`${directory}/${name}`, 'read');
    bytes += file.size();
    file.close();
  }
  return bytes;
}
