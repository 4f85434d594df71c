/**
 * One file of the log and, while it is resident, its bytes in memory.
 *
 * The active segment's buffer is where records are encoded and where they are read from. A sealed
 * segment may lose its buffer and get it back from disk, unit by unit: a **unit** is a run of whole
 * frames of about 16 KiB, read and verified in one go. Its marks are the offsets where units start.
 *
 *     marks   512          16900            33400      tail
 *              │ f1 f2 f3 … │ f9 (large)     │ f10 …    │
 *     loaded        1               0             1
 */
import { assert } from '../base/assert.ts';
import type { File } from '../vfs/fs.ts';
import { SEGMENT_HEADER_BYTES, type Window } from './format.ts';

export const UNIT_BYTES: number = 16 * 1024;

export interface SegmentInit {
  readonly id: number;
  /** Index in the log's slot array, stable while the store is open. */
  readonly slot: number;
  readonly file: File;
  readonly capacityBytes: number;
  /** Seeds the checksums: see `segmentSalt`. */
  readonly salt: number;
}

/** What is known of a segment's frames: where units start, and the sequences. */
export interface SegmentMarks {
  readonly marks: readonly number[];
  /** Sequence of the first frame at each mark. */
  readonly sequences: readonly number[];
  /** 0 and 0 if it holds no frame. */
  readonly firstSequence: number;
  readonly lastSequence: number;
}

export const NO_MARKS: SegmentMarks = {
  marks: [],
  sequences: [],
  firstSequence: 0,
  lastSequence: 0,
};

export class Segment {
  readonly id: number;
  readonly slot: number;
  readonly file: File;
  readonly capacityBytes: number;
  readonly salt: number;

  buffer: Buffer | null = null;
  data: DataView | null = null;
  /** Everything up to the tail is in the buffer: the one check on the hot path. */
  resident = false;
  /** One byte a unit, 1 = loaded; null while nothing or everything is. */
  loaded: Uint8Array | null = null;
  /** Reads since the cache last compared segments. */
  uses = 0;

  /** End of what was appended. */
  tail: number = SEGMENT_HEADER_BYTES;
  /** End of what was written to the file. */
  flushed: number = SEGMENT_HEADER_BYTES;
  /** End of the zero-filled part of the file: writing below it changes no file metadata. */
  allocated = 0;
  /** The file served another segment before, and still holds what is left of that behind its own frames. */
  isReused = false;
  /** In the manifest; before that nothing in it may be acknowledged. */
  listed = false;
  /** Sequence of the first frame it can hold: where recovery begins if it is the active one. */
  baseSequence = 1;
  /** No more frames will come. */
  sealed = false;
  /** Sequences of the first and the last frame; 0 while there is none. */
  firstSequence = 0;
  lastSequence = 0;

  readonly #marks: number[] = [];
  /** Of the first frame at each mark: so a unit knows how many frames it must have. */
  readonly #sequences: number[] = [];

  constructor(init: SegmentInit) {
    this.id = init.id;
    this.slot = init.slot;
    this.file = init.file;
    this.capacityBytes = init.capacityBytes;
    this.salt = init.salt;
  }

  attach(buffer: Buffer): void {
    assert(buffer.length >= this.tail, () => `segment ${this.id}: buffer too short`);
    this.buffer = buffer;
    this.data = new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength);
  }

  detach(): Buffer | null {
    assert(this.flushed === this.tail, () => `segment ${this.id} holds bytes not on disk`);
    const buffer = this.buffer;
    this.buffer = null;
    this.data = null;
    this.resident = false;
    this.loaded = null;
    return buffer;
  }

  /** The bytes as a window for reading and writing frames; the segment has its buffer. */
  get window(): Window {
    return { buffer: this.buffer!, data: this.data!, base: 0 };
  }

  /** Called for every frame in order of place. */
  addFrame(at: number, sequence: number): void {
    assert(sequence > this.lastSequence, () => `segment ${this.id}: sequence went back`);
    const last = this.#marks.at(-1);
    if (last === undefined || at >= last + UNIT_BYTES) {
      this.#marks.push(at);
      this.#sequences.push(sequence);
    }
    if (this.firstSequence === 0) this.firstSequence = sequence;
    this.lastSequence = sequence;
  }

  get unitCount(): number {
    return this.#marks.length;
  }

  /** A copy. */
  get marks(): SegmentMarks {
    const { firstSequence, lastSequence } = this;
    return {
      marks: [...this.#marks],
      sequences: [...this.#sequences],
      firstSequence,
      lastSequence,
    };
  }

  /** From a checkpoint, where the frames themselves were not looked at. */
  restoreMarks({ marks, sequences, firstSequence, lastSequence }: SegmentMarks): void {
    this.#marks.length = 0;
    this.#sequences.length = 0;
    this.#marks.push(...marks);
    this.#sequences.push(...sequences);
    this.firstSequence = firstSequence;
    this.lastSequence = lastSequence;
  }

  /** The unit that holds this offset. */
  unitOf(at: number): number {
    let lower = 0;
    let upper = this.#marks.length;
    while (lower < upper) {
      const middle = (lower + upper) >>> 1;
      if (this.#marks[middle]! <= at) lower = middle + 1;
      else upper = middle;
    }
    assert(lower > 0 && at < this.tail, () => `segment ${this.id}: nothing at ${at}`);
    return lower - 1;
  }

  unitStart(unit: number): number {
    return this.#marks[unit]!;
  }

  unitEnd(unit: number): number {
    return this.#marks[unit + 1] ?? this.tail;
  }

  /** Sequences of its first and its last frame. */
  unitSequences(unit: number): readonly [first: number, last: number] {
    return [this.#sequences[unit]!, (this.#sequences[unit + 1] ?? this.lastSequence + 1) - 1];
  }
}
