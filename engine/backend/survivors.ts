/**
 * What stays when segments are rewritten, and where it lies afterwards. Asked record by record while the
 * copy is made, in log order; the places change only after the copy is part of the log, in slices, while
 * the old segments can still be read. In between anything may happen to the store: what dies after it was
 * copied is copied dead.
 */
import type { KeyString } from '../base/bytes.ts';
import { limits } from '../base/limits.ts';
import {
  RECORD_BUCKET,
  RECORD_COMPACT,
  RECORD_PUT,
  RECORD_REMOVE,
  RECORD_TOMBSTONE,
  type RecordView,
} from '../log/record.ts';
import type { Segment } from '../log/segment.ts';
import type { Survival } from '../log/segment-rewrite.ts';
import { type BackendState, entryBytes } from './backend-state.ts';
import type { Entry } from './buckets.ts';
import { CHUNK_MASK } from './revision-chunk.ts';

/** Before a rest: a run costs a few nanoseconds a revision. */
const FORGOTTEN_MAX = 4 * 1024;

interface MovedEntry {
  readonly bucket: number;
  readonly key: KeyString;
  readonly entry: Entry;
  at: number;
}

export class Survivors implements Survival {
  readonly #state: BackendState;
  readonly #slots: ReadonlySet<number>;
  /** Nothing before the segments is dead, so nothing in them has to say what is. */
  readonly #nothingDeadBefore: boolean;
  /** Slots of the segments that come before. */
  readonly #before: ReadonlySet<number>;
  /** Slots of the segments before, and of those that were asked about. */
  readonly #passed: Set<number>;
  /** Where the search for the next record's ordinal begins. */
  #cursor: number;
  readonly #moved: number[] = [];
  readonly #movedTo: number[] = [];
  /** First and last ordinal of each run that stays behind. */
  readonly #gone: number[] = [];
  readonly #entries: MovedEntry[] = [];
  /** Something is kept that is neither a revision nor an entry. */
  #isMixed = false;
  /** What the record kept last was. */
  #kept: MovedEntry | number | undefined;

  /** `before`: the segments that come before the sources. */
  constructor(state: BackendState, sources: readonly Segment[], before: readonly Segment[]) {
    this.#state = state;
    this.#slots = new Set(sources.map(({ slot }) => slot));
    this.#before = new Set(before.map(({ slot }) => slot));
    this.#passed = new Set(this.#before);
    this.#nothingDeadBefore =
      state.openViews === 0 && before.every(({ slot }) => state.space.deadIn(slot) === 0);
    this.#cursor = this.#firstOrdinal();
  }

  drops({ slot }: Segment): boolean {
    this.#passed.add(slot);
    if (!this.#state.isVacant(slot)) return false;
    const end = this.#firstOrdinal();
    if (end > this.#cursor) this.#leave(this.#cursor, end - 1);
    this.#cursor = end;
    return true;
  }

  keeps(record: RecordView, segment: Segment, at: number): boolean {
    const { bucket, kind } = record;
    this.#kept = undefined;
    if (bucket === 0 && (kind === RECORD_PUT || kind === RECORD_TOMBSTONE)) {
      return this.#keepsRevision(record);
    }
    if (kind === RECORD_PUT) return this.#keepsEntry(record, segment, at);
    const isKept = this.#keepsOther(record);
    this.#isMixed ||= isKept;
    return isKept;
  }

  placed(at: number): void {
    const kept = this.#kept;
    if (typeof kept === 'number') {
      this.#moved.push(kept);
      this.#movedTo.push(at);
    } else if (kept !== undefined) {
      kept.at = at;
      this.#entries.push(kept);
    }
  }

  /** The copy is part of the log: from now on the records lie there. In slices. */
  *apply(slot: number): Generator<void, void, void> {
    const { table, space, buckets } = this.#state;
    for (const { bucket, key, entry, at } of this.#entries) {
      const bytes = entryBytes(key, entry);
      // One that was overtaken has died where it was.
      const isCurrent = buckets.byNumber(bucket)?.entries.get(key) === entry;
      if (isCurrent) space.move(entry.slot, slot, bytes, false);
      else space.addDead(slot, bytes);
      entry.slot = slot;
      entry.at = at;
    }
    for (let i = 0; i < this.#moved.length; i++) {
      const ordinal = this.#moved[i]!;
      space.move(table.slotOf(ordinal), slot, table.sizeOf(ordinal), table.isBuried(ordinal));
      table.move(ordinal, slot, this.#movedTo[i]!);
      if (i % limits.compactionSliceRevisions === 0) yield;
    }
    let forgotten = 0;
    for (let i = 0; i < this.#gone.length; i += 2) {
      const last = this.#gone[i + 1]!;
      for (let first = this.#gone[i]!; first <= last; ) {
        const end = Math.min(last, first | CHUNK_MASK);
        table.forget(first, end);
        forgotten += end - first + 1;
        first = end + 1;
        if (forgotten < FORGOTTEN_MAX) continue;
        yield;
        forgotten = 0;
      }
    }
    for (const source of this.#slots) space.drop(source);
    if (this.#isMixed) space.mix(slot);
  }

  #keepsRevision(record: RecordView): boolean {
    const ordinal = this.#ordinalOf(record);
    if (ordinal < 0) return false;
    if (this.#state.isNeeded(ordinal)) {
      this.#kept = ordinal;
      return true;
    }
    this.#leave(ordinal, ordinal);
    return false;
  }

  #leave(first: number, last: number): void {
    const gone = this.#gone;
    if (gone.at(-1) === first - 1) gone[gone.length - 1] = last;
    else gone.push(first, last);
  }

  #keepsOther(record: RecordView): boolean {
    const { bucket, kind } = record;
    if (kind === RECORD_COMPACT) return !this.#nothingDeadBefore;
    if (kind === RECORD_BUCKET) return this.#state.buckets.byNumber(bucket) !== undefined;
    if (kind !== RECORD_REMOVE) return true;
    if (bucket === 0) return this.#keepsRemoval(record);
    // An older value may lie in a segment before these.
    const entries = this.#state.buckets.byNumber(bucket)?.entries;
    return this.#before.size > 0 && entries?.get(record.key()) === undefined;
  }

  /** A removal is needed as long as the record that it removes is on disk. */
  #keepsRemoval(record: RecordView): boolean {
    const { table } = this.#state;
    const ordinal = this.#find(table.floor(record.main - 1) + 1, record);
    if (ordinal < 0) return false;
    return !this.#slots.has(table.slotOf(ordinal)) || this.#state.isNeeded(ordinal);
  }

  #keepsEntry(record: RecordView, segment: Segment, at: number): boolean {
    const { bucket } = record;
    const key = record.key();
    const entry = this.#state.buckets.byNumber(bucket)?.entries.get(key);
    if (entry === undefined || entry.slot !== segment.slot || entry.at !== at) return false;
    this.#kept = { bucket, key, entry, at };
    return true;
  }

  /** Records come in revision order, so the search goes on where it was. */
  #ordinalOf(record: RecordView): number {
    const { main, sub } = record;
    const isNext = this.#state.table.holds(this.#cursor, main, sub);
    const ordinal = isNext ? this.#cursor : this.#find(this.#cursor, record);
    if (ordinal >= 0) this.#cursor = ordinal + 1;
    return ordinal;
  }

  /** Ordinals lie in log order: the first one that is in none of the segments up to here. */
  #firstOrdinal(): number {
    const { table } = this.#state;
    let lower = 0;
    let upper = table.count;
    while (lower < upper) {
      const middle = (lower + upper) >>> 1;
      const at = table.nextLeft(middle);
      if (at < table.count && this.#passed.has(table.slotOf(at))) lower = at + 1;
      else upper = middle;
    }
    return lower;
  }

  #find(from: number, { main, sub }: RecordView): number {
    const { table } = this.#state;
    let ordinal = table.nextLeft(from);
    while (ordinal < table.count) {
      const found = table.mainOf(ordinal);
      if (found > main || (found === main && table.subOf(ordinal) > sub)) return -1;
      if (found === main && table.subOf(ordinal) === sub) return ordinal;
      ordinal = table.nextLeft(ordinal + 1);
    }
    return -1;
  }
}
