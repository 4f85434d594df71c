/**
 * What the surviving frames say, read once from the log's first to its last: revisions, the entries of the
 * small buckets, what was removed; and between which revisions each hole lies.
 */
import { META_BUCKET } from '../backend/backend.ts';
import { FIRST_FREE_NUMBER, wellKnownNumber } from '../backend/buckets.ts';
import { type KeyString, keyStringOf } from '../base/bytes.ts';
import { compareRevisions, decodeRevision } from '../base/revision.ts';
import { FRAME_HEADER_BYTES, RECORD_HEADER_BYTES } from '../log/format.ts';
import { emptyView } from '../log/log-reader.ts';
import {
  RECORD_BUCKET,
  RECORD_COMPACT,
  RECORD_PUT,
  RECORD_REMOVE,
  RECORD_TOMBSTONE,
  type RecordView,
} from '../log/record.ts';
import type { FoundFrame, Hole, Step, Tail } from '../log/salvage-log.ts';
import {
  CURRENT_REVISION,
  decodeCount,
  FINISHED_COMPACTION,
  SCHEDULED_COMPACTION,
} from '../mvcc/meta-keys.ts';
import { SalvagedRemovals } from './salvage-removals.ts';

/** A hole, and the revisions around it. */
export interface PlacedHole extends Hole {
  /** The last revision before it, and the first one after it; 1 and undefined if there is none. */
  readonly after: number;
  before: number | undefined;
  /** And nothing that comes after it counts, for so it was asked for. */
  readonly isLeftOut: boolean;
}

const META = wellKnownNumber(META_BUCKET);
/** A record with a key of one byte. */
const RECORD_BYTES_MIN = RECORD_HEADER_BYTES + 1;
/** The largest segment. */
const SEGMENT_BYTES_MAX = 1024 * 1024 * 1024;

export class SalvageSurvey {
  readonly holes: PlacedHole[] = [];
  /** Damaged frames that held nothing. */
  readonly marks: Hole[] = [];
  readonly removals: SalvagedRemovals = new SalvagedRemovals();
  /** By the number of the bucket; the newest of each key. */
  readonly entries: Map<number, Map<KeyString, Uint8Array>> = new Map();
  /** Names of buckets that are not well known. */
  readonly buckets: Map<number, KeyString> = new Map();
  tail: Tail | undefined;
  /** Intact frames behind the log's end. */
  cutFrames = 0;
  frames = 0;
  /** The last frame, and the last revision that a record has. */
  lastSequence = 0;
  lastRevision = 1;
  /** The greatest revision that anything speaks of, frames behind the log's end included. */
  greatestRevision = 1;
  /** The greatest revision that a surviving record says was compacted; -1 without one. */
  compacted = -1;
  readonly #view = emptyView();
  /** After this hole nothing counts. */
  readonly #stopsAtHole: boolean;
  #isOver = false;
  /** The greatest of what does not count. */
  #beyondRevision = 0;
  /** Of holes after which no revision is known. */
  #unknownBytes = 0;

  constructor(stopsAtHole: boolean) {
    this.#stopsAtHole = stopsAtHole;
  }

  visit(step: Step): void {
    if (step.kind === 'hole') this.#hole(step);
    else if (step.kind === 'tail') this.tail = this.#isOver ? undefined : step;
    else if (step.kind === 'cut' || this.#isOver) this.#beyond(step);
    else this.#frame(step);
  }

  /** Nothing comes any more. What is lost at the end may have held revisions that nobody has seen. */
  finish(checkpointRevision: number): void {
    this.greatestRevision = Math.max(
      checkpointRevision,
      this.#beyondRevision,
      this.compacted,
      this.knownRevision,
    );
    for (const { before, after, bytes } of this.holes) {
      // What follows may be known though it does not count.
      const isSeen = this.#isOver && this.#beyondRevision > after;
      if (before === undefined && !isSeen) this.#unknown(bytes);
    }
    this.greatestRevision += Math.ceil(this.#unknownBytes / RECORD_BYTES_MIN);
  }

  /** Of the store as it opens: its last record may be gone, or its revision may have been raised. */
  get knownRevision(): number {
    const scheduled = this.compaction(SCHEDULED_COMPACTION);
    return Math.max(this.lastRevision, scheduled, this.count(CURRENT_REVISION));
  }

  /** -1 if there is none. */
  compaction(key: Uint8Array): number {
    const value = this.#meta(key);
    return value === undefined ? -1 : decodeRevision(value).main;
  }

  /** 0 if there is none. */
  count(key: Uint8Array): number {
    const value = this.#meta(key);
    return value?.length === 8 ? decodeCount(value) : 0;
  }

  unfinishedCompaction(): number | undefined {
    const scheduled = this.compaction(SCHEDULED_COMPACTION);
    return scheduled > this.compaction(FINISHED_COMPACTION) ? scheduled : undefined;
  }

  /** Entries whose bucket nothing names any more. */
  unplaced(): number {
    let count = 0;
    for (const [bucket, entries] of this.entries) {
      if (bucket >= FIRST_FREE_NUMBER && !this.buckets.has(bucket)) count += entries.size;
    }
    return count;
  }

  #meta(key: Uint8Array): Uint8Array | undefined {
    return this.entries.get(META)?.get(keyStringOf(key));
  }

  #unknown(bytes: number | undefined): void {
    this.#unknownBytes += bytes ?? SEGMENT_BYTES_MAX;
  }

  #hole(step: Hole): void {
    if (step.isMark) {
      this.marks.push(step);
      return;
    }
    if (this.#isOver) {
      if (step.to === undefined) this.#unknown(step.bytes);
      return;
    }
    this.#isOver = this.#stopsAtHole;
    const isLeftOut = this.#isOver;
    const to = isLeftOut ? undefined : step.to;
    this.holes.push({ ...step, to, after: this.lastRevision, before: undefined, isLeftOut });
  }

  #frame({ window, placed }: FoundFrame): void {
    this.frames++;
    this.lastSequence = placed.header.sequence;
    visitFrame({ window, placed }, this.#view, (record) => this.#record(record));
  }

  #beyond({ window, placed }: FoundFrame): void {
    if (!this.#isOver) this.cutFrames++;
    visitFrame({ window, placed }, this.#view, ({ main }) => {
      this.#beyondRevision = Math.max(this.#beyondRevision, main);
    });
  }

  #record(record: RecordView): void {
    const { bucket, kind } = record;
    if (kind === RECORD_COMPACT) {
      this.compacted = Math.max(this.compacted, record.main);
      this.removals.addRuns(record.value());
    } else if (bucket === 0 && kind === RECORD_REMOVE) {
      const { main, sub } = record;
      this.removals.add({ main, sub }, { main, sub });
    } else if (bucket === 0 && (kind === RECORD_PUT || kind === RECORD_TOMBSTONE)) {
      this.#revision(record.main);
    } else if (kind === RECORD_BUCKET) {
      this.buckets.set(bucket, record.key());
    } else if (kind === RECORD_REMOVE) {
      this.entries.get(bucket)?.delete(record.key());
    } else {
      let entries = this.entries.get(bucket);
      if (entries === undefined) this.entries.set(bucket, (entries = new Map()));
      entries.set(record.key(), record.value());
    }
  }

  #revision(main: number): void {
    if (main <= this.lastRevision) return;
    this.lastRevision = main;
    for (let at = this.holes.length - 1; at >= 0; at--) {
      if (this.holes[at]!.before !== undefined) break;
      this.holes[at]!.before = main;
    }
  }
}

/** Calls `visit` at each record. A frame that is intact and malformed is none that Varve wrote. */
export function visitFrame(
  { window, placed: { at, header } }: Pick<FoundFrame, 'window' | 'placed'>,
  view: RecordView,
  visit: (view: RecordView) => void,
): void {
  view.buffer = window.buffer;
  view.data = window.data;
  view.at = at - window.base + FRAME_HEADER_BYTES;
  const end = view.at + header.length;
  for (let record = 0; record < header.recordCount; record++) {
    if (view.at + RECORD_HEADER_BYTES > end || view.end > end) return;
    visit(view);
    view.at = view.end;
  }
}

/** Records of bucket `key` that are part of the store: in order, each once, and not removed. */
export class LivingRecords {
  readonly #removals: SalvagedRemovals;
  #last = { main: 0, sub: -1 };

  constructor(removals: SalvagedRemovals) {
    this.#removals = removals;
  }

  /** To be asked of every record, in log order. Cleaning may have left a record twice. */
  has({ bucket, kind, main, sub }: RecordView): boolean {
    if (bucket !== 0 || (kind !== RECORD_PUT && kind !== RECORD_TOMBSTONE)) return false;
    if (compareRevisions({ main, sub }, this.#last) <= 0) return false;
    this.#last = { main, sub };
    return !this.#removals.has(this.#last);
  }
}
