/**
 * What differs between backends: where records go and how they come back. Everything else (buckets,
 * transactions, revisions, hashes) is shared.
 */
import type { Histogram } from '../base/histogram.ts';
import type { CommitWaiter } from '../log/commit-job.ts';
import type { RecordFields } from '../log/record.ts';
import type { StoredRevision } from './backend.ts';

export interface Storage {
  begin(): void;
  end(): void;
  rollback(): void;
  /** Appends to the open transaction; returns the record's place in slot `activeSlot`. */
  append(record: RecordFields): number;
  readonly activeSlot: number;
  /** Encoded size of the record appended last. */
  readonly appendedBytes: number;
  /** The record of bucket `key` at this place; valid until the next call. */
  read(slot: number, at: number): StoredRevision;
  request(): void;
  wait(waiter: CommitWaiter): void;
  flush(): Promise<void>;
  commitNow(): void;
  readonly durableRevision: number;
  readonly failure: Error | undefined;
  onFailure(told: (failure: Error) => void): void;
  readonly sizeBytes: number;
  readonly syncDurations: Histogram | undefined;
  /** Gives the space of what is dead back and moves the revisions' places. */
  defrag(signal: AbortSignal | undefined): Promise<void>;
  /** Begins to do the same in the background where it is worth it. */
  clean(): void;
  /** Reads back what is on disk, in slices. */
  verify(report: (problem: string) => void): Generator<void, void, void>;
  close(): Promise<void>;
}
