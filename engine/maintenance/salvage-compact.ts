/**
 * The compaction that a store with holes gets, before it is written (R82, R83). History with a hole cannot be
 * read: a key would show what a lost change had replaced, at revisions where that was wrong. So history begins
 * above the last hole, and below that only what a read there sees is kept.
 *
 * Nor is everything that such a read sees right. Where the next change of a key proves that one before it is
 * missing (its version is not the next one, or it is of another generation), the older record goes too:
 *
 *     put k @3 version 1     ✗ @5     put k @9 version 3          compacted at 5: @9 stays
 *     put k @3 version 1     ✗ @5                                 compacted at 5: @3 stays, and may be stale
 */
import type { KeyString } from '../base/bytes.ts';
import { RECORD_TOMBSTONE, type RecordView } from '../log/record.ts';

interface Kept {
  readonly main: number;
  readonly sub: number;
  readonly isTombstone: boolean;
  readonly create: number;
  readonly version: number;
  /** A later record is known. */
  isJudged: boolean;
  /** That record shows that something between the two is lost. */
  isStale: boolean;
}

export class SalvageCompaction {
  readonly revision: number;
  readonly #newest: Map<KeyString, Kept> = new Map();

  constructor(revision: number) {
    this.revision = revision;
  }

  /** Every living record, in order; only afterwards `keeps` knows. */
  visit(record: RecordView): void {
    const key = record.key();
    record.readMetadata();
    const { main, sub, create, version, kind } = record;
    const isTombstone = kind === RECORD_TOMBSTONE;
    if (main <= this.revision) {
      const judged = { isJudged: false, isStale: false };
      this.#newest.set(key, { main, sub, isTombstone, create, version, ...judged });
      return;
    }
    const before = this.#newest.get(key);
    if (before === undefined || before.isJudged) return;
    before.isJudged = true;
    if (isTombstone || before.isTombstone) return;
    before.isStale = before.create !== create || before.version + 1 !== version;
  }

  /** Whether the record is part of the new store. */
  keeps(record: RecordView): boolean {
    const { main, sub } = record;
    if (main > this.revision) return true;
    const kept = this.#newest.get(record.key());
    if (kept === undefined || kept.main !== main || kept.sub !== sub) return false;
    return kept.isTombstone ? main === this.revision : !kept.isStale;
  }

  /** Keys whose newest record below the hole is known to be replaced by one that is lost. */
  get staleKeys(): number {
    let count = 0;
    for (const { isStale } of this.#newest.values()) if (isStale) count++;
    return count;
  }
}
