/** What the group commit takes and what it is busy with. */
import type { Clock } from '../base/clock.ts';
import { VarveError } from '../base/errors.ts';
import type { File } from '../vfs/fs.ts';
import { durabilitySteps } from './durability.ts';
import type { Batch, LogWriter } from './log-writer.ts';
import type { SegmentSet } from './segment-set.ts';

export type SyncMode = 'commit' | 'interval' | 'never';

/** Called exactly once, when the batch that was filling at the time of `wait` is through. */
export interface CommitWaiter {
  committed(): void;
  failed(error: VarveError): void;
}

export interface GroupCommitInit {
  readonly writer: LogWriter;
  readonly set: SegmentSet;
  readonly clock: Clock;
  readonly sync: SyncMode;
  readonly batchIntervalMs: number;
  readonly batchLimit: number;
  /** The last revision on disk at the start. */
  readonly durableRevision: number;
  /** A batch is on disk. */
  readonly onDurable?: (batch: Batch) => void;
  /** Nothing was written for a moment. */
  readonly onIdle?: () => void;
}

/**
 * A change of what the log consists of. It runs when everything appended before it is on disk, and nothing
 * else is on its way there. ERR_NO_SPACE from it changes nothing; any other failure is final.
 */
export interface LogChange {
  /** Yields the files to sync, one after the other. */
  readonly steps: () => Generator<File, void, void>;
  done(): void;
  failed(error: unknown): void;
}

/** A batch on its way to disk, and what has to happen right behind it. */
export interface Job {
  readonly batch: Batch | undefined;
  readonly waiters: readonly CommitWaiter[];
  readonly changes: readonly LogChange[];
  /** Synced, so that later frames may claim it. */
  readonly synced: boolean;
}

/** A job whose sync runs in the background: what remains of it, and the file it is at. */
export interface Background {
  readonly job: Job;
  readonly steps: Generator<File>;
  file: File;
}

/** A log that consists of other segments takes several syncs, and those of new files are slow ones. */
export const writesManifest = ({ batch, changes }: Job): boolean =>
  changes.length > 0 || (batch?.parts.some(({ segment }) => !segment.listed) ?? false);

/** Everything that a job has to sync, in order. */
export function* stepsOf(
  set: SegmentSet,
  { batch, changes }: Job,
  sync: boolean,
): Generator<File, void, void> {
  yield* durabilitySteps(set, batch, sync);
  for (const change of changes) {
    try {
      yield* change.steps();
      change.done();
    } catch (error) {
      change.failed(error);
      if (!(error instanceof VarveError) || error.code !== 'ERR_NO_SPACE') throw error;
    }
  }
}
