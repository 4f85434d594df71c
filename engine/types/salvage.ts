/** What is told of a directory that is not as it was left: by a diagnosis, and by a salvage. */
import type { Revision } from './vocabulary.ts';

/** A place where something is that cannot be used any more. */
export interface DamagedPart {
  readonly file: string;
  readonly offset: number;
  /** At most so many bytes; undefined if nobody knows how many there were. */
  readonly bytes: number | undefined;
  /** Of the log, by number; `to` undefined: and perhaps more after it. The whole is undefined if none is lost. */
  readonly frames: { readonly from: number; readonly to: number | undefined } | undefined;
  /**
   * Revisions that may have been in it, both included; `to` undefined: nobody knows how many there were.
   * The whole is undefined if no revision is missing there: it held leases, or what the log notes for itself.
   */
  readonly revisions: { readonly from: Revision; readonly to: Revision | undefined } | undefined;
  /** One sentence: where, what, why. */
  readonly text: string;
}

/** What was being written when everything stopped, and was never acknowledged. */
export interface TornTail {
  readonly file: string;
  /** The log ends here. */
  readonly offset: number;
  /** What lies behind: bytes that are not zeros, and whole frames among them. */
  readonly bytes: number;
  readonly frames: number;
}

export interface Diagnosis {
  /**
   * - 'sound': it was closed cleanly, and there is nothing to do.
   * - 'recoverable': a crash left something, and the next open deals with it.
   * - 'damaged': something that was durable is not there any more.
   */
  readonly state: 'sound' | 'recoverable' | 'damaged';
  /** The next open succeeds. It may with a damaged store: what a checkpoint covers is not read then. */
  readonly opens: boolean;
  /** The log ends with the mark of a clean close. */
  readonly closedCleanly: boolean;
  /** The last revision that is left, and the last frame. */
  readonly revision: Revision;
  readonly lastFrame: number;
  readonly tornTail: TornTail | undefined;
  readonly damage: readonly DamagedPart[];
  /** 'outdated': segments were rewritten since, so the log is read instead; so it is if it is damaged. */
  readonly checkpoint: 'absent' | 'used' | 'damaged' | 'outdated';
  /** A compaction that was scheduled at this revision, and has not finished. */
  readonly unfinishedCompaction: Revision | undefined;
  /** Files that are no part of the store, and that the next open for writing removes. */
  readonly leftovers: readonly string[];
  /** A process that is gone left its lock. */
  readonly staleLock: boolean;
  /** All of this in words, and what to do. */
  readonly sentences: readonly string[];
}

export interface SalvageReport {
  /** Nothing that was durable is missing. */
  readonly complete: boolean;
  /** Of the new store: the greatest that the old one can have made. */
  readonly revision: Revision;
  /** Reads below it are refused; -1 if there is none. */
  readonly compactRevision: Revision;
  /** Changes that were copied, and bytes of all files of the new store. */
  readonly changes: number;
  readonly sizeBytes: number;
  readonly lost: readonly DamagedPart[];
  /**
   * A key that was changed after this revision is as it was. One whose last change is not newer may since have
   * been changed or deleted by what is lost. 0: all are as they were.
   */
  readonly uncertainUpTo: Revision;
  /** Not copied, as opening would not keep it. */
  readonly tornTail: TornTail | undefined;
  /** The log ends with the mark of a clean close. */
  readonly closedCleanly: boolean;
  /** All of this in words. */
  readonly sentences: readonly string[];
}
