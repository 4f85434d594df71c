/**
 * A look at a closed directory that changes nothing: what a crash left in it and what the next open would do
 * about that; or what is damaged, which revisions it held, and what is to be done.
 */
import type { CallOptions, Diagnosis } from '../types.ts';
import type { FileSystem } from '../vfs/fs.ts';
import { nodeFs } from '../vfs/node-fs.ts';
import { diskError } from './disk-error.ts';
import { diagnosisSentences } from './doctor-words.ts';
import { inSlices } from './in-slices.ts';
import { checkPath, examine, lockToRead, type SalvageSource } from './salvage-source.ts';
import { SalvageSurvey } from './salvage-survey.ts';
import { damagedNotes, isShort, lostParts, tornTailOf } from './salvage-words.ts';

export interface DiagnoseOptions extends CallOptions {
  readonly fs?: FileSystem;
}

/** What is ours, holds nothing durable, and goes at the next open for writing. */
const IS_ASIDE = /^(?!LOCK).*\.(tmp|old)$/;

/**
 * Says what state the store in this directory is in, which must not be open, and what the next open would do.
 * Nothing is changed, and damage is reported, not thrown. Every frame of the log is read and checked; `verify`
 * checks all invariants beside.
 *
 * Errors: ERR_NOT_FOUND, ERR_LOCKED, ERR_INVALID_ARGUMENT (a format of another version).
 * @public
 */
export async function diagnoseDirectory(
  directory: string,
  options: DiagnoseOptions = {},
): Promise<Diagnosis> {
  const { fs = nodeFs, signal } = options;
  signal?.throwIfAborted();
  checkPath(directory, 'diagnose');
  try {
    const lock = lockToRead(fs, directory);
    try {
      const diagnosis = await inSlices(diagnose(fs, directory, lock.isStale), signal);
      lock.check();
      return diagnosis;
    } finally {
      lock.release();
    }
  } catch (error) {
    throw diskError(error, directory);
  }
}

function* diagnose(
  fs: FileSystem,
  directory: string,
  staleLock: boolean,
): Generator<void, Diagnosis, void> {
  const source = yield* examine(fs, directory);
  const survey = new SalvageSurvey(false);
  for (const step of source.surviving.steps()) {
    survey.visit(step);
    yield;
  }
  const { log, checkpoint, unfinished } = source;
  const damage =
    unfinished === undefined ? [...damagedNotes(directory, log, survey), ...lostParts(survey)] : [];
  const facts = {
    opens: unfinished === 'creation' || (unfinished === undefined && opens(source, survey)),
    closedCleanly: survey.tail?.isClosed ?? false,
    revision: survey.knownRevision,
    lastFrame: survey.lastSequence,
    tornTail: unfinished === undefined ? tornTailOf(survey) : undefined,
    damage,
    checkpoint: checkpoint.state,
    unfinishedCompaction: survey.unfinishedCompaction(),
    leftovers: leftoversOf(fs, directory, source),
    staleLock,
  };
  const state = stateOf(facts);
  const sentences = diagnosisSentences({ ...facts, state }, directory, source, survey);
  return { state, ...facts, sentences };
}

type Facts = Omit<Diagnosis, 'state' | 'sentences'>;

function stateOf(facts: Facts): Diagnosis['state'] {
  if (facts.damage.length > 0) return 'damaged';
  const hasWork =
    !facts.closedCleanly ||
    facts.tornTail !== undefined ||
    facts.unfinishedCompaction !== undefined ||
    facts.leftovers.length > 0 ||
    facts.staleLock;
  return hasWork ? 'recoverable' : 'sound';
}

/** Opening reads no segment that the checkpoint covers: damage in there is met when it is read. */
function opens({ log, checkpoint }: SalvageSource, { holes, marks }: SalvageSurvey): boolean {
  const broken = new Set([...holes, ...marks].map(({ file }) => file));
  const covered = new Set(checkpoint.covered);
  return (
    log.manifestProblem === undefined &&
    log.segments.every(({ path, id, entry, found }) => {
      if (found?.path !== path || !found.isHeaderIntact) return false;
      return covered.has(id) || !(broken.has(path) || isShort({ entry, found }));
    })
  );
}

function leftoversOf(
  fs: FileSystem,
  directory: string,
  { log, unfinished }: SalvageSource,
): string[] {
  const asides = fs.list(directory).filter((name) => IS_ASIDE.test(name));
  const isKnown = unfinished === undefined && log.manifestProblem === undefined;
  return isKnown ? [...asides, ...log.leftovers] : asides;
}
