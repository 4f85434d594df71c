/** Watching: events as they happen, or from any revision that is left on (R90-R112). */
import type { WatchEvent } from './history.ts';
import type { CallOptions, Revision } from './vocabulary.ts';

export interface WatchOptions extends CallOptions {
  /**
   * The first revision to see. Absent or 0: from now on. In the past: history first. Below the compacted
   * one: CompactedError. In the future: nothing before it (R91).
   */
  readonly startRevision?: Revision;
  /** Each event bears the state before its revision, unless the key did not exist or it is compacted (R104). */
  readonly prevKv?: boolean;
  /** Only events of this type (R105). */
  readonly only?: 'put' | 'delete';
  /** Every ten minutes without events a batch that says up to where there were none (R108). */
  readonly progress?: boolean;
  /**
   * What becomes of a watch whose consumer does not keep up. 'wait' (default): once its buffer is full it
   * falls back to reading the log, and misses nothing but what is compacted meanwhile. 'cancel': it ends
   * with ERR_SLOW_WATCHER after what is buffered.
   */
  readonly onSlow?: 'wait' | 'cancel';
  /** Default 4096: events buffered for this watch before it counts as slow. */
  readonly bufferEvents?: number;
}

/** One or more whole revisions, never part of one (R101). */
export interface WatchBatch {
  /** Everything up to here was delivered, this batch included: at least its last event's revision. */
  readonly revision: Revision;
  /** In revision order, and in a revision in the order it was made. Shared between watches: read only. */
  readonly events: readonly WatchEvent[];
  /** There are no events: it only says up to which revision there were none (R107, R108). */
  readonly progress: boolean;
}

/**
 * A stream of events, for one consumer. Events come once their revision could be acknowledged: with
 * `sync: 'commit'` when it is durable, so that no crash ever takes back what a watch has shown.
 *
 * Iterating throws CompactedError, ERR_SLOW_WATCHER, the reason of an aborted signal, or ERR_CLOSED and
 * ERR_POISONED with the store; it ends quietly after `cancel`.
 */
export interface Watch extends AsyncIterable<WatchEvent>, AsyncDisposable {
  /** Registered: nothing after this revision is missed. Rejects if it could not be. */
  readonly ready: Promise<Revision>;
  /** Everything up to here was delivered: to go on elsewhere, start at `revision + 1`. */
  readonly revision: Revision;
  batches(): AsyncIterableIterator<WatchBatch>;
  /** Asks for a progress batch. There is no answer while the watch is behind: ask again (R107). */
  requestProgress(): void;
  cancel(): Promise<void>;
}
