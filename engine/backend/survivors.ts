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
  readonly #isFirst: boolean;
  /** Where the search for the next record's ordinal begins; -1 before the first. */
  #cursor = -1;
  readonly #moved: number[] = [];
  readonly #movedTo: number[] = [];
  /** First and last ordinal of each run that stays behind. */
  readonly #gone: number[] = [];
  readonly #entries: MovedEntry[] = [];
  /** What the record kept last was. */
  #kept: MovedEntry | number | undefined;

  /** `before`: the segments that come before the sources. */
  constructor(state: BackendState, sources: readonly Segment[], before: readonly Segment[]) {
    this.#state = state;
    this.#slots = new Set(sources.map(({ slot }) => slot));
    this.#isFirst = before.length === 0;
    this.#nothingDeadBefore =
      state.openViews === 0 && before.every(({ slot }) => state.space.deadIn(slot) === 0);
  }

  keeps(record: RecordView, segment: Segment, at: number): boolean {
    const { bucket, kind } = record;
    this.#kept = undefined;
    if (bucket === 0 && (kind === RECORD_PUT || kind === RECORD_TOMBSTONE)) {
      return this.#keepsRevision(record);
    }
    if (kind === RECORD_COMPACT) return !this.#nothingDeadBefore;
    if (kind === RECORD_BUCKET) return this.#state.buckets.byNumber(bucket) !== undefined;
    if (bucket === 0) return this.#keepsRemoval(record);
    return this.#keepsEntry(record, segment, at);
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
      space.move(table.slotOf(ordinal), slot, table.sizeOf(ordinal), table.isDead(ordinal));
      table.move(ordinal, slot, this.#movedTo[i]!);
      if (i % limits.compactionSliceRevisions === 0) yield;
    }
    let forgotten = 0;
    for (let i = 0; i < this.#gone.length; i += 2) {
      for (let ordinal = this.#gone[i]!; ordinal <= this.#gone[i + 1]!; ordinal++) {
        table.forget(ordinal);
        if (forgotten++ % limits.compactionSliceRevisions === 0) yield;
      }
    }
    for (const source of this.#slots) space.drop(source);
  }

  #keepsRevision(record: RecordView): boolean {
    const ordinal = this.#ordinalOf(record);
    if (ordinal < 0) return false;
    if (this.#state.isNeeded(ordinal)) {
      this.#kept = ordinal;
      return true;
    }
    const gone = this.#gone;
    if (gone.at(-1) === ordinal - 1) gone[gone.length - 1] = ordinal;
    else gone.push(ordinal, ordinal);
    return false;
  }

  /** A removal is needed as long as the record that it removes is on disk. */
  #keepsRemoval(record: RecordView): boolean {
    if (record.kind !== RECORD_REMOVE) return true;
    const { table } = this.#state;
    const ordinal = this.#find(table.floor(record.main - 1) + 1, record);
    if (ordinal < 0) return false;
    return !this.#slots.has(table.slotOf(ordinal)) || this.#state.isNeeded(ordinal);
  }

  #keepsEntry(record: RecordView, segment: Segment, at: number): boolean {
    const { bucket, kind } = record;
    const key = record.key();
    const entry = this.#state.buckets.byNumber(bucket)?.entries.get(key);
    // An older value may lie in a segment before these.
    if (kind === RECORD_REMOVE) return entry === undefined && !this.#isFirst;
    if (entry === undefined || entry.slot !== segment.slot || entry.at !== at) return false;
    this.#kept = { bucket, key, entry, at };
    return true;
  }

  /** Records come in revision order, so the search goes on where it was. */
  #ordinalOf(record: RecordView): number {
    if (this.#cursor < 0) this.#cursor = this.#state.table.floor(record.main - 1) + 1;
    const ordinal = this.#find(this.#cursor, record);
    if (ordinal >= 0) this.#cursor = ordinal + 1;
    return ordinal;
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
