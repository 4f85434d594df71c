/**
 * One segment's file against what is claimed of it: header, every frame's checksum, every record's shape,
 * and zeros where zeros belong. Problems are told, not thrown, so that one look finds them all; behind a
 * broken frame nothing is looked at, for where the next one starts is not known.
 */
import { AssertionError } from '../base/assert.ts';
import { limits } from '../base/limits.ts';
import type { File } from '../vfs/fs.ts';
import {
  alignUp,
  decodeSegmentHeader,
  FRAME_CLOSE,
  FRAME_DATA,
  FRAME_HEADER_BYTES,
  FRAME_MAGIC,
  frameAfter,
  frameEnd,
  type PlacedFrame,
  readFrameHeader,
  readU64,
  SECTOR_BYTES,
  SEGMENT_HEADER_BYTES,
  segmentSalt,
  type Window,
} from './format.ts';
import { RecordCheck } from './verify-records.ts';

/** Takes a sentence: what is wrong where, what was expected, what to do. */
export type Report = (problem: string) => void;

export interface SegmentClaim {
  readonly id: number;
  readonly storeId: string;
  /** Sequence of the first frame, whether or not there is one. */
  readonly firstSequence: number;
  /** Where the frames end; undefined if only they can tell: the active segment of a closed store. */
  readonly lengthBytes: number | undefined;
  /** Undefined as well if frames are still to come; below the first one if there is none. */
  readonly lastSequence: number | undefined;
  /** Behind the frames lies what is left of another segment. */
  readonly isReused?: boolean | undefined;
}

export const RESTORE = 'restore a backup, or salvage what is readable';
const MAGIC_BYTES: Buffer = Buffer.alloc(4);
MAGIC_BYTES.writeUInt32LE(FRAME_MAGIC);

/** Yields between slices. */
export function* verifySegment(
  file: File,
  claim: SegmentClaim,
  report: Report,
): Generator<void, void, void> {
  const window = yield* readBytes(file, claim.lengthBytes ?? file.size(), report);
  const say = (at: number, what: string): void => report(`${file.path} at offset ${at}: ${what}`);
  if (!checkHeader(window.buffer, claim, say)) return;
  const chain = new Chain(window, claim, say);
  yield* chain.walk();
  if (claim.lengthBytes === undefined) chain.judgeTail();
  else chain.judgeEnd(claim.lengthBytes);
}

function* readBytes(file: File, length: number, report: Report): Generator<void, Window, void> {
  const buffer = Buffer.alloc(Math.max(length, SEGMENT_HEADER_BYTES));
  for (let at = 0; at < length; at += limits.backgroundSliceBytes) {
    const part = buffer.subarray(at, Math.min(length, at + limits.backgroundSliceBytes));
    const read = file.readAt(part, at);
    if (read < part.length) {
      const what = `the file ends here, and ${length} bytes are claimed: it was cut or copied in part; ${RESTORE}`;
      report(`${file.path} at offset ${at + read}: ${what}`);
      break;
    }
    yield;
  }
  const data = new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength);
  return { buffer, data, base: 0 };
}

type Say = (at: number, what: string) => void;

function checkHeader(buffer: Buffer, { id, storeId }: SegmentClaim, say: Say): boolean {
  const header = decodeSegmentHeader(buffer);
  if (header === undefined) {
    say(0, `the segment header fails its checksum: ${RESTORE}`);
  } else if (header.id !== id || header.storeId !== storeId) {
    const found = `segment ${header.id} of store ${header.storeId}`;
    say(0, `this is ${found}, and segment ${id} of ${storeId} is expected: ${RESTORE}`);
  } else {
    checkZeros(buffer, 32, SEGMENT_HEADER_BYTES, say);
    return true;
  }
  return false;
}

function checkZeros(buffer: Buffer, from: number, to: number, say: Say): void {
  for (let at = from; at < to; at++) {
    if (buffer[at] === 0) continue;
    const what = `${buffer[at]} stands here, between frames, where zeros belong: no record is harmed, but the disk is not to be trusted`;
    say(at, what);
    return;
  }
}

/** The frames from the segment's start, as far as they are intact. */
class Chain {
  readonly #window: Window;
  readonly #claim: SegmentClaim;
  readonly #say: Say;
  readonly #salt: number;
  readonly #records = new RecordCheck();
  /** The sequence that comes next, and where the last frame ends. */
  #next: number;
  #end: number = SEGMENT_HEADER_BYTES;
  #lastKind = FRAME_CLOSE;

  constructor(window: Window, claim: SegmentClaim, say: Say) {
    this.#window = window;
    this.#claim = claim;
    this.#say = say;
    this.#salt = segmentSalt(claim.storeId, claim.id);
    this.#next = claim.firstSequence;
  }

  *walk(): Generator<void, void, void> {
    let slice = 0;
    let frame = this.#frame(() => this.#first());
    while (frame !== undefined) {
      const { at, header } = frame;
      checkZeros(this.#window.buffer, this.#end, at, this.#say);
      this.#end = at + FRAME_HEADER_BYTES + header.length;
      this.#next = header.sequence + 1;
      this.#lastKind = header.kind;
      const problem = this.#records.frame(this.#window, frame);
      if (problem !== undefined) this.#say(problem.at, `${problem.what}: ${RESTORE}`);
      slice += FRAME_HEADER_BYTES + header.length;
      if (slice >= limits.backgroundSliceBytes) {
        slice = 0;
        yield;
      }
      const last = frame;
      const { length } = this.#window.buffer;
      frame = this.#frame(() => frameAfter(this.#window, last, length, this.#salt));
    }
  }

  /** The frames have to end exactly here. */
  judgeEnd(lengthBytes: number): void {
    const { lastSequence } = this.#claim;
    const isShort = lastSequence !== undefined && this.#next !== lastSequence + 1;
    if (isShort || alignUp(this.#end, SECTOR_BYTES) !== lengthBytes) {
      const upTo = lastSequence === undefined ? '' : `, ${lastSequence} is the last one claimed`;
      this.#say(
        alignUp(this.#end, 8),
        `frame ${this.#next} is damaged or missing${upTo}: ${RESTORE}`,
      );
      return;
    }
    checkZeros(this.#window.buffer, this.#end, lengthBytes, this.#say);
  }

  /** What follows the last frame must be nothing. */
  judgeTail(): void {
    const at = alignUp(this.#end, 8);
    const behind = this.#intactBehind(at);
    const claimant = behind.find(({ header }) => header.durableSequence >= this.#next);
    if (claimant !== undefined) {
      const who = `frame ${claimant.header.sequence} at offset ${claimant.at}`;
      this.#say(
        at,
        `frame ${this.#next} is damaged, and ${who} says that it was durable: ${RESTORE}`,
      );
    } else if (behind.length > 0 || this.#looksTorn(at)) {
      this.#say(
        at,
        `frame ${this.#next} was begun here and is not whole: after a crash that is a write that was never acknowledged, and the next open cuts it off; after a clean close it is damage`,
      );
    } else if (this.#isClosed || this.#claim.isReused !== true) {
      checkZeros(this.#window.buffer, this.#end, alignUp(this.#end, SECTOR_BYTES), this.#say);
    }
  }

  get #isClosed(): boolean {
    return this.#lastKind === FRAME_CLOSE && this.#end > SEGMENT_HEADER_BYTES;
  }

  /**
   * Behind a clean close anything may be left of an older crash, and in a file that is used again of its former
   * life, but not of the next frame.
   */
  #looksTorn(at: number): boolean {
    const { buffer, data } = this.#window;
    const sector = alignUp(this.#end, SECTOR_BYTES);
    if (!this.#isClosed && this.#claim.isReused !== true) {
      return buffer.subarray(at, sector + SECTOR_BYTES).some((byte) => byte !== 0);
    }
    return [at, sector].some((start) => {
      if (start + FRAME_HEADER_BYTES > buffer.length) return false;
      const isFrame = data.getUint32(start, true) === FRAME_MAGIC;
      return isFrame && readU64(data, start + 16) === this.#next;
    });
  }

  #first(): PlacedFrame | undefined {
    const { firstSequence } = this.#claim;
    const at = SEGMENT_HEADER_BYTES;
    const header = readFrameHeader(this.#window, at, this.#window.buffer.length, this.#salt);
    return header?.sequence === firstSequence ? { at, header } : undefined;
  }

  /** Contradictions inside a frame that passes its checksum are found by assertions. */
  #frame(read: () => PlacedFrame | undefined): PlacedFrame | undefined {
    try {
      const frame = read();
      const kind = frame?.header.kind ?? FRAME_DATA;
      if (kind >= FRAME_DATA && kind <= FRAME_CLOSE) return frame;
      this.#say(frame!.at, `a frame of unknown kind ${kind}: ${RESTORE}`);
    } catch (error) {
      if (!(error instanceof AssertionError)) throw error;
      this.#say(this.#end, `the frame contradicts itself (${error.message}): ${RESTORE}`);
    }
    return undefined;
  }

  #intactBehind(from: number): PlacedFrame[] {
    const found: PlacedFrame[] = [];
    const { buffer } = this.#window;
    let at = buffer.indexOf(MAGIC_BYTES, from);
    while (at >= 0) {
      const header =
        at % 8 === 0 ? readFrameHeader(this.#window, at, buffer.length, this.#salt) : undefined;
      if (header !== undefined) found.push({ at, header });
      at = buffer.indexOf(MAGIC_BYTES, header === undefined ? at + 1 : frameEnd(at, header, 8));
    }
    return found;
  }
}
