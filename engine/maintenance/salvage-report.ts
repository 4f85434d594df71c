/** What a salvage tells: as data, and as sentences that say what to do with it. */
import { FINISHED_COMPACTION, SCHEDULED_COMPACTION } from '../mvcc/meta-keys.ts';
import type { SalvageReport } from '../types.ts';
import type { SalvagePlan } from './salvage-copy.ts';
import type { SalvageSurvey } from './salvage-survey.ts';
import { damagedNotes, lostParts, tailSentence, tornTailOf } from './salvage-words.ts';

export interface SalvageWritten {
  /** Changes, and bytes of all files. */
  readonly changes: number;
  readonly sizeBytes: number;
}

export function salvageReport(
  directory: string,
  { source, survey, compaction }: SalvagePlan,
  written: SalvageWritten,
): SalvageReport {
  const lost = lostParts(survey);
  const unplaced = survey.unplaced();
  const tornTail = tornTailOf(survey);
  const uncertainUpTo = uncertainRevision(survey);
  const closedCleanly = survey.tail?.isClosed ?? false;
  const compactRevision =
    compaction?.revision ??
    Math.max(survey.compaction(SCHEDULED_COMPACTION), survey.compaction(FINISHED_COMPACTION));
  const sentences = [
    ...damagedNotes(directory, source.log, survey).map(({ text }) => text),
    ...lost.map(({ text }) => text),
  ];
  if (unplaced > 0) {
    sentences.push(`${unplaced} entries were not copied: what names their bucket is lost`);
  }
  if (tornTail !== undefined) {
    sentences.push(tailSentence(tornTail, survey, 'it was not copied'));
  } else if (!closedCleanly && lost.length === 0) {
    sentences.push(
      `the log does not end with the mark of a clean close: so it is after a crash or a cleaning; else what came after revision ${survey.lastRevision} is lost`,
    );
  }
  if (compaction !== undefined) {
    const stale = compaction.staleKeys;
    sentences.push(
      `history below revision ${compaction.revision} was not copied, for it has holes: of what is older, only the newest value of each key`,
    );
    if (stale > 0) {
      sentences.push(
        `${stale === 1 ? 'one key was' : `${stale} keys were`} changed by what is lost, and later again: reads between show nothing of ${stale === 1 ? 'it' : 'them'}`,
      );
    }
  }
  if (uncertainUpTo > 0) {
    sentences.push(
      `a key that was changed last at or before revision ${uncertainUpTo} may have been changed or deleted since, by what is lost; so may leases`,
    );
  }
  return {
    complete: lost.length === 0 && unplaced === 0,
    revision: survey.greatestRevision,
    compactRevision,
    ...written,
    lost,
    uncertainUpTo,
    tornTail,
    closedCleanly,
    sentences,
  };
}

/** 0 if nothing is lost. */
function uncertainRevision({ holes, lastRevision }: SalvageSurvey): number {
  return holes.reduce(
    (most, { before }) => Math.max(most, before === undefined ? lastRevision : before - 1),
    0,
  );
}
