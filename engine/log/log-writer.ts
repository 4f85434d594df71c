/**
 * Appends records to the active segment's buffer and cuts them into frames. Touches the disk only to
 * create and zero-fill; writing out is the group commit's.
 *
 * A transaction's records lie in one frame, so a crash keeps all of them or none. When a segment has no
 * room for the next record, what the open transaction wrote so far moves to the next segment with it:
 *
 *     before   segment 4  │ header │ f7 │ f8: t1 t1 t2 t2 t2 ┆ no room for t2's next record
 *     after    segment 4  │ header │ f7 │ f8: t1 t1 │              sealed
 *              segment 5  │ header │ f9: t2 t2 t2 t2 …
 */
import { assert } from '../base/assert.ts';
import { VarveError } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import {
  alignUp,
  FRAME_CLOSE,
  FRAME_DATA,
  FRAME_HEADER_BYTES,
  type FRAME_MARK,
  SECTOR_BYTES,
  writeFrameHeader,
} from './format.ts';
import { encodeRecord, type RecordFields, recordBytesMax } from './record.ts';
import type { Segment } from './segment.ts';
import type { SegmentSet } from './segment-set.ts';

/** What one write carries: everything appended since the batch before. */
export interface Batch {
  readonly parts: readonly {
    readonly segment: Segment;
    readonly from: number;
    readonly to: number;
  }[];
  readonly lastSequence: number;
  /** The revision of the last transaction in it, 0 if none had one. */
  readonly lastRevision: number;
}

/** Where the writer gets its segments. */
export type SegmentSource = Pick<SegmentSet, 'active' | 'create' | 'allocate'>;

export interface LogWriterInit {
  readonly set: SegmentSource;
  readonly nextSequence: number;
  /** The open transaction's records moved: those in `from` are now in `to`, `shift` bytes further. */
  readonly onMove: (from: Segment, to: Segment, shift: number) => void;
  readonly onSeal: (segment: Segment) => void;
  /** A batch was cut: it holds everything appended so far. */
  readonly onBatch?: (batch: Batch) => void;
}

export class LogWriter {
  /** The last frame known to be on disk; every frame closed from now on claims it. */
  durableSequence: number;
  /** Records appended since the last batch was taken. */
  pendingRecords = 0;
  readonly #set: SegmentSource;
  readonly #init: LogWriterInit;
  #active: Segment;
  #nextSequence: number;
  #lastRevision = 0;
  /** The open frame: where it starts, or 0; the tail before it; its records and first revision. */
  #frameAt = 0;
  #tailBeforeFrame = 0;
  #frameRecords = 0;
  #frameRevision = 0;
  /** The open transaction: its first record's place, and the frame's records before it. */
  #open = false;
  #txnAt = 0;
  #txnRecordsBefore = 0;
  #txnRevision = 0;
  #frameRevisionBefore = 0;
  /** Segments with bytes that no batch has taken yet, oldest first; the active one is last. */
  #dirty: Segment[];

  constructor(init: LogWriterInit) {
    this.#set = init.set;
    this.#init = init;
    this.#active = init.set.active;
    this.#dirty = [this.#active];
    this.#nextSequence = init.nextSequence;
    this.durableSequence = init.nextSequence - 1;
  }

  get lastSequence(): number {
    return this.#nextSequence - 1;
  }

  /** Nothing was appended that is not written out. */
  get clean(): boolean {
    return this.#frameAt === 0 && this.unflushedBytes === 0;
  }

  get unflushedBytes(): number {
    let bytes = 0;
    for (const segment of this.#dirty) bytes += segment.tail - segment.flushed;
    return bytes;
  }

  /** Between `begin` and `end` or `rollback` nothing else may happen to the log. */
  begin(): void {
    assert(!this.#open, () => 'a transaction is open');
    this.#open = true;
    if (this.#frameAt === 0) this.#openFrame();
    this.#txnAt = this.#active.tail;
    this.#txnRecordsBefore = this.#frameRecords;
    this.#frameRevisionBefore = this.#frameRevision;
    this.#txnRevision = 0;
  }

  /** Appends to the open transaction; returns the record's offset in the `active` segment. */
  append(record: RecordFields): number {
    assert(this.#open, () => 'no transaction is open');
    const need = recordBytesMax(record);
    let segment = this.#active;
    if (segment.tail + need > segment.capacityBytes) segment = this.#roll(need);
    if (segment.tail + need > segment.allocated) this.#set.allocate(segment, segment.tail + need);
    const at = segment.tail;
    segment.tail = encodeRecord(segment.buffer!, segment.data!, at, record);
    assert(segment.tail <= at + need, () => `record at ${at} is larger than announced`);
    this.#frameRecords++;
    if (record.main !== 0) {
      if (this.#frameRevision === 0) this.#frameRevision = record.main;
      this.#txnRevision = record.main;
    }
    return at;
  }

  get active(): Segment {
    return this.#active;
  }

  end(): void {
    assert(this.#open, () => 'no transaction is open');
    this.#open = false;
    this.pendingRecords += this.#frameRecords - this.#txnRecordsBefore;
    // The record of a compaction bears the revision compacted, which is an older one.
    if (this.#txnRevision > this.#lastRevision) this.#lastRevision = this.#txnRevision;
    const payload = this.#active.tail - this.#frameAt - FRAME_HEADER_BYTES;
    if (this.#frameRecords === 0) this.#dropFrame();
    else if (payload >= limits.framePayloadBytesTarget) this.#closeFrame(FRAME_DATA);
  }

  /** As if `begin` had never been called; a segment that was rolled stays rolled. */
  rollback(): void {
    assert(this.#open, () => 'no transaction is open');
    this.#open = false;
    this.#active.tail = this.#txnAt;
    this.#frameRecords = this.#txnRecordsBefore;
    this.#frameRevision = this.#frameRevisionBefore;
    if (this.#frameRecords === 0) this.#dropFrame();
  }

  /** Goes on in a new segment; the active one is sealed. */
  seal(): void {
    this.begin();
    try {
      this.#roll(0);
    } finally {
      this.end();
    }
  }

  /** Appends an empty frame: a mark, or the close mark of a clean session. */
  mark(kind: typeof FRAME_MARK | typeof FRAME_CLOSE): void {
    assert(!this.#open && this.clean, () => 'a mark goes where nothing is pending');
    if (this.#active.tail + SECTOR_BYTES > this.#active.capacityBytes) {
      if (kind !== FRAME_CLOSE) return;
      this.seal();
    }
    const end = this.#active.tail + SECTOR_BYTES;
    if (end > this.#active.allocated) this.#set.allocate(this.#active, end);
    this.#openFrame();
    this.#closeFrame(kind);
  }

  /** Ends the batch. Undefined if there is nothing to write. */
  takeBatch(): Batch | undefined {
    assert(!this.#open, () => 'a batch holds whole transactions');
    this.#endBatch();
    // A segment that was sealed has to be synced though nothing was added: a mark may lie in it.
    const parts = this.#dirty
      .map((segment) => ({ segment, from: segment.flushed, to: segment.tail }))
      .filter(({ segment, from, to }) => to > from || !segment.listed || segment.sealed);
    this.#dirty = [this.#active];
    this.pendingRecords = 0;
    if (parts.length === 0) return undefined;
    const { lastSequence } = this;
    const batch: Batch = { parts, lastSequence, lastRevision: this.#lastRevision };
    this.#init.onBatch?.(batch);
    return batch;
  }

  /** A header that does not fit is no harm yet: the first record will find no room, and roll. */
  #openFrame(): void {
    this.#tailBeforeFrame = this.#active.tail;
    this.#frameAt = this.#active.tail;
    this.#active.tail += FRAME_HEADER_BYTES;
    this.#frameRecords = 0;
    this.#frameRevision = 0;
  }

  #dropFrame(): void {
    this.#active.tail = this.#tailBeforeFrame;
    this.#frameAt = 0;
  }

  #closeFrame(kind: number): void {
    const segment = this.#active;
    const at = this.#frameAt;
    const sequence = this.#nextSequence++;
    writeFrameHeader(segment.window, at, segment.salt, {
      length: segment.tail - at - FRAME_HEADER_BYTES,
      recordCount: this.#frameRecords,
      sequence,
      durableSequence: this.durableSequence,
      firstRevision: this.#frameRevision,
      kind,
    });
    segment.addFrame(at, sequence);
    this.#pad(8);
    this.#frameAt = 0;
  }

  /** The next batch starts on a sector of its own. */
  #endBatch(): void {
    if (this.#frameAt !== 0) this.#closeFrame(FRAME_DATA);
    this.#pad(SECTOR_BYTES);
  }

  #pad(to: number): void {
    const segment = this.#active;
    const end = alignUp(segment.tail, to);
    segment.buffer!.fill(0, segment.tail, end);
    segment.tail = end;
  }

  /** Goes on in a new segment with room for `need` bytes after what the open transaction holds. */
  #roll(need: number): Segment {
    const old = this.#active;
    const moved = old.tail - this.#txnAt;
    if (moved + need > limits.transactionBytesMax) {
      throw new VarveError(
        'ERR_REQUEST_TOO_LARGE',
        `a transaction of more than ${limits.transactionBytesMax} bytes: split it`,
      );
    }
    // Doubling what has moved keeps the copying linear in the transaction's size.
    const fresh = this.#set.create(FRAME_HEADER_BYTES + 2 * moved + need + SECTOR_BYTES);
    const txnAt = fresh.tail + FRAME_HEADER_BYTES;
    // In a segment that is full to the last sector, even the open frame's header lies past the end.
    if (moved > 0) old.buffer!.copy(fresh.buffer!, txnAt, this.#txnAt, old.tail);
    const shift = txnAt - this.#txnAt;
    const records = this.#frameRecords - this.#txnRecordsBefore;
    this.#frameRecords = this.#txnRecordsBefore;
    this.#frameRevision = this.#frameRevisionBefore;
    old.tail = this.#txnAt;
    if (this.#frameRecords === 0) this.#dropFrame();
    this.#endBatch();
    old.sealed = true;
    fresh.baseSequence = this.#nextSequence;
    this.#init.onSeal(old);

    this.#active = fresh;
    this.#dirty.push(fresh);
    this.#tailBeforeFrame = fresh.tail;
    this.#frameAt = fresh.tail;
    this.#frameRecords = records;
    this.#frameRevision = this.#txnRevision;
    this.#txnAt = txnAt;
    this.#txnRecordsBefore = 0;
    this.#frameRevisionBefore = 0;
    fresh.tail = txnAt + moved;
    if (moved > 0) this.#init.onMove(old, fresh, shift);
    return fresh;
  }
}
