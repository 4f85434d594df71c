/**
 * What is left of a log's frames. It is read, never written, and nothing is thrown for what is broken.
 *
 *     sealed       f1  f2  ✗  f4        a hole: the manifest says that f3 was there
 *     sealed       (missing)            a hole: f5 to f8
 *     active       f9  ✗  f11(durable 10)  ✗  f13(durable 11)
 *                      │                   └ cut: nobody says that f12 was durable, so f13 counts no more
 *                      └ a hole: f11 says that f10 was durable
 *
 * Without a manifest a number that no frame has is a hole as well, though it may be the seam that cleaning
 * leaves: nobody is left to tell.
 */
import type { FileSystem } from '../vfs/fs.ts';
import {
  alignUp,
  FRAME_CLOSE,
  FRAME_HEADER_BYTES,
  type PlacedFrame,
  SECTOR_BYTES,
  SEGMENT_HEADER_BYTES,
  segmentSalt,
  type Window,
} from './format.ts';
import type { FoundLog, ListedSegment } from './salvage-find.ts';
import {
  type FoundSegment,
  intactFrames,
  lastUsed,
  readWindow,
  wasMark,
} from './salvage-segment.ts';

/** Frames that were durable and are not there any more. */
export interface Hole {
  readonly file: string;
  readonly offset: number;
  /** At most so many bytes were lost; undefined if nobody knows. */
  readonly bytes: number | undefined;
  readonly from: number;
  /** Undefined: and perhaps more after it. */
  readonly to: number | undefined;
  readonly reason: string;
  /** It was a mark, and held nothing. */
  readonly isMark: boolean;
}

/** What was being written when everything stopped. */
export interface Tail {
  readonly file: string;
  /** Where the log ends, and how many bytes behind it are not zeros. */
  readonly offset: number;
  readonly bytes: number;
  /** The log's last frame; 0 if there is none. */
  readonly lastSequence: number;
  /** The last frame is the mark of a clean close. */
  readonly isClosed: boolean;
}

export interface FoundFrame {
  readonly path: string;
  readonly window: Window;
  readonly placed: PlacedFrame;
}

/** 'cut': an intact frame behind the log's end. */
export type Step =
  | ({ readonly kind: 'frame' | 'cut' } & FoundFrame)
  | ({ readonly kind: 'hole' } & Hole)
  | ({ readonly kind: 'tail' } & Tail);

/** A segment up to the end of its last intact frame. */
interface Reached {
  readonly path: string;
  readonly window: Window;
  readonly salt: number;
  readonly end: number;
}

/** Walks what is left of the log, in order. `claimedSequence`: a checkpoint covers everything up to it. */
export class SurvivingLog {
  readonly #fs: FileSystem;
  readonly #log: FoundLog;
  /** Every frame up to this one was durable. */
  readonly #durable: number;
  #expected = 1;
  #last = 0;
  #lastKind = 0;
  #isCut = false;

  constructor(fs: FileSystem, log: FoundLog, claimedSequence: number) {
    this.#fs = fs;
    this.#log = log;
    this.#durable = log.segments.reduce(
      (most, { found }) => Math.max(most, found?.durableSequence ?? 0),
      claimedSequence,
    );
  }

  /** The same every time, as long as the files are. */
  *steps(): Generator<Step, void, void> {
    this.#expected = 1;
    this.#last = 0;
    this.#lastKind = 0;
    this.#isCut = false;
    for (const segment of this.#log.segments) {
      if (segment.entry?.sealed !== undefined) yield* this.#sealed(segment);
      else yield* this.#unsealed(segment, segment === this.#log.segments.at(-1));
    }
  }

  /** The manifest says what there has to be. */
  *#sealed({ path, id, entry, found }: ListedSegment): Generator<Step, void, void> {
    const { firstSequence: first, lastSequence: last, lengthBytes } = entry!.sealed!;
    if (last === 0) return;
    this.#expected = first;
    const salt = segmentSalt(this.#log.storeId, id);
    let end = SEGMENT_HEADER_BYTES;
    let isMark = false;
    if (found !== undefined) {
      const window = readWindow(this.#fs, found.path);
      for (const placed of intactFrames(window, salt)) {
        const { sequence } = placed.header;
        if (sequence < this.#expected || sequence > last) continue;
        yield* this.#gap({ path, window, salt, end }, placed);
        yield this.#frame(found.path, window, placed);
        end = endOf(placed);
      }
      isMark = this.#expected === last && this.#wasMark({ path, window, salt, end });
    }
    if (this.#expected > last) return;
    const reason = found === undefined ? 'the file is missing' : reasonAt(found, end, lengthBytes);
    const place = { file: path, offset: end, bytes: lengthBytes - end };
    yield { kind: 'hole', ...place, from: this.#expected, to: last, reason, isMark };
    this.#expected = last + 1;
  }

  /** Only frames and the checkpoint say what there has to be. */
  *#unsealed(segment: ListedSegment, isLast: boolean): Generator<Step, void, void> {
    const { path, id, entry, found } = segment;
    this.#expected = entry?.firstSequence ?? this.#expected;
    if (found === undefined || (found.frameBytes === 0 && !found.isHeaderIntact)) {
      yield this.#endless(segment, 0, found && 'nothing in it is readable');
      return;
    }
    const window = readWindow(this.#fs, found.path);
    const salt = segmentSalt(this.#log.storeId, id);
    let end = SEGMENT_HEADER_BYTES;
    for (const placed of intactFrames(window, salt)) {
      const { sequence } = placed.header;
      if (sequence < this.#expected) continue;
      if (!this.#isCut && sequence > this.#expected && this.#expected > this.#durable) {
        yield this.#tail(segment, window.buffer, end, true);
        this.#isCut = true;
      }
      if (this.#isCut) {
        yield { kind: 'cut', path: found.path, window, placed };
      } else {
        yield* this.#gap({ path, window, salt, end }, placed);
        yield this.#frame(found.path, window, placed);
        end = endOf(placed);
      }
    }
    if (!isLast || this.#isCut) return;
    if (this.#expected > this.#durable) yield this.#tail(segment, window.buffer, end, false);
    else yield this.#endless(segment, end, 'damaged, and it was durable');
  }

  *#gap(before: Reached, placed: PlacedFrame): Generator<Step, void, void> {
    const { sequence } = placed.header;
    const from = this.#expected;
    if (sequence <= from) return;
    const { path: file, end: offset } = before;
    const isInside = placed.at > offset;
    const reason = isInside
      ? 'damaged'
      : 'no frame has such a number: a segment is missing, or cleaning left it out';
    const bytes = isInside ? placed.at - offset : undefined;
    const isMark = isInside && sequence === from + 1 && this.#wasMark(before);
    yield { kind: 'hole', file, offset, bytes, from, to: sequence - 1, reason, isMark };
  }

  /** A mark begins a sector, or follows in its batch. */
  #wasMark({ window, salt, end }: Reached): boolean {
    return [alignUp(end, SECTOR_BYTES), end].some((at) =>
      wasMark(window, at, salt, this.#expected),
    );
  }

  /** Nobody knows where the log ended. */
  #endless({ path, entry, found }: ListedSegment, offset: number, reason?: string): Step {
    const capacity = entry?.capacityBytes ?? (found?.capacityBytes || found?.sizeBytes);
    return {
      kind: 'hole',
      file: path,
      offset,
      bytes: capacity && Math.max(0, capacity - offset),
      from: this.#expected,
      to: undefined,
      reason: reason ?? 'the file is missing',
      isMark: false,
    };
  }

  #frame(path: string, window: Window, placed: PlacedFrame): Step {
    this.#expected = placed.header.sequence + 1;
    this.#last = placed.header.sequence;
    this.#lastKind = placed.header.kind;
    return { kind: 'frame', path, window, placed };
  }

  #tail({ path, entry }: ListedSegment, buffer: Buffer, offset: number, hasFrames: boolean): Step {
    const isClosed = this.#lastKind === FRAME_CLOSE && !hasFrames;
    // Behind a clean close something may be left of an older crash, which was judged then; in a file that is
    // used again there is what its former segment held.
    const isFree = isClosed || (entry?.isReused === true && !hasFrames);
    const used = isFree ? -1 : lastUsed(buffer, offset);
    const bytes = used < 0 ? 0 : used + 1 - offset;
    return { kind: 'tail', file: path, offset, bytes, lastSequence: this.#last, isClosed };
  }
}

const endOf = ({ at, header }: PlacedFrame): number =>
  alignUp(at + FRAME_HEADER_BYTES + header.length, 8);

function reasonAt({ sizeBytes }: FoundSegment, end: number, lengthBytes: number): string {
  return sizeBytes < lengthBytes && sizeBytes <= alignUp(end, SECTOR_BYTES)
    ? `the file ends at ${sizeBytes} of ${lengthBytes} bytes`
    : 'damaged';
}
