/** What `open` and `openMemory` take. */
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import type { FileSystem } from '../vfs/fs.ts';

export interface OpenOptions {
  /** Default true; false: ERR_NOT_FOUND if the directory holds no store. */
  readonly createIfMissing?: boolean;
  /** Nothing is changed on disk; writes reject with ERR_READ_ONLY. */
  readonly readOnly?: boolean;
  /**
   * 'commit' (default): a resolved write is on disk. 'interval': written and synced every
   * `batchIntervalMs` or `batchLimit` records, a crash may lose what came after. 'never': the operating
   * system decides when.
   */
  readonly sync?: 'commit' | 'interval' | 'never';
  /** Default 100. */
  readonly batchIntervalMs?: number;
  /** Default 10 000 records. */
  readonly batchLimit?: number;
  /**
   * Default 64 MiB. The first segment is 1 MiB; later ones are a sixteenth of the log, up to this. Larger ones
   * mean fewer files and larger steps of cleaning.
   */
  readonly segmentSizeBytes?: number;
  /** Default 256 MiB: sealed segments kept in memory; what does not fit is read from disk. */
  readonly cacheSizeBytes?: number;
  /** Default 1.5 MiB: the most one put may hold, key and value (R44). */
  readonly maxRequestBytes?: number;
  /** Default 128: operations in one branch of `txn`, and its compares (R60); `write` has no such limit. */
  readonly maxTxnOps?: number;
  /**
   * The most bytes of live records, dead ones not counted. Past it puts answer ERR_NO_SPACE and the alarm
   * NOSPACE is on, until deletes and compaction have made room: it ends by itself at 95 %. Reads, deletes
   * and compaction always work (R154, R155). Default 0: no quota.
   */
  readonly quotaBytes?: number;
  /** Default: none, everything is kept until `compact`. */
  readonly autoCompaction?: AutoCompaction;
  /**
   * Default true: what is left of a lease is written down now and then, and a lease goes on with that after
   * a restart. False: every restart gives it its full time again, as etcd does by default (R127).
   */
  readonly leaseCheckpoints?: boolean;
  /** The seams that a harness uses. */
  readonly fs?: FileSystem;
  readonly clock?: Clock;
  readonly random?: () => number;
  /** Pino-shaped; silent by default. */
  readonly logger?: Logger;
  /** Aborts a long open. */
  readonly signal?: AbortSignal;
}

export type AutoCompaction =
  /** Keeps every revision for at least this long. */
  | { readonly mode: 'periodic'; readonly retentionMs: number }
  /** Keeps at least this many revisions. */
  | { readonly mode: 'revision'; readonly keep: number };
