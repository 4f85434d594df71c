/**
 * What MVCC's key index looks like from below: something that is built from the revisions when a backend
 * opens, and that can be put into a checkpoint so that it need not be built again.
 */
import type { KeyString } from '../base/bytes.ts';

/** A run of revisions as the scan found them, in order. The arrays are re-used: read, do not keep. */
export interface RevisionChunk {
  readonly firstOrdinal: number;
  readonly count: number;
  readonly keys: readonly KeyString[];
  readonly mains: readonly number[];
  readonly tombstones: readonly boolean[];
  /** 0 for tombstones. */
  readonly creates: readonly number[];
  readonly versions: readonly number[];
}

export interface RevisionIndex {
  /** A chunk made by `save`, in the same order; all of them come before the first `add`. */
  load(chunk: Buffer): void;
  /** Revisions after those of the checkpoint. */
  add(chunk: RevisionChunk): void;
  /** No more will come. `isDead`, if any was removed since it was loaded or added, says which are. */
  finish(isDead?: (ordinal: number) => boolean): void;
  /**
   * The index as it was when only ordinals below `count` existed, in chunks. Writes may go on between
   * two chunks.
   */
  save(count: number): Iterable<Uint8Array>;
}

/** For backends without MVCC above them. */
export const noIndex: RevisionIndex = { load() {}, add() {}, finish() {}, save: () => [] };
