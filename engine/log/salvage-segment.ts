/**
 * Segment files of which nothing is taken for granted: not the name, not the header, not that frames follow
 * one another. A frame proves itself: its checksum is seeded with store, segment and offset, so one that is
 * intact at some place was written by this store, for this segment, at this place.
 */
import { AssertionError } from '../base/assert.ts';
import type { File, FileSystem } from '../vfs/fs.ts';
import {
  alignUp,
  checkVersion,
  decodeSegmentHeader,
  FRAME_CLOSE,
  FRAME_HEADER_BYTES,
  FRAME_MAGIC,
  FRAME_MARK,
  frameEnd,
  type FrameHeader,
  type PlacedFrame,
  readFrameHeader,
  readU64,
  SECTOR_BYTES,
  SEGMENT_HEADER_BYTES,
  segmentSalt,
  type Window,
  writeFrameHeader,
} from './format.ts';

export interface FoundSegment {
  readonly path: string;
  readonly id: number;
  readonly storeId: string;
  readonly sizeBytes: number;
  /** As its header says; 0 if that is damaged. */
  readonly capacityBytes: number;
  readonly isHeaderIntact: boolean;
  /** What its intact frames take, 0 if there is none. */
  readonly frameBytes: number;
  /** Of the intact frames: the least and the greatest, 0 and 0 without one. */
  readonly firstSequence: number;
  readonly lastSequence: number;
  /** The greatest that a frame in it says is durable. */
  readonly durableSequence: number;
  /** Its frames follow one another up to the capacity: so does one that cleaning wrote, to its last byte. */
  readonly isWhole: boolean;
  /** Zeros, and nothing else, behind the header. */
  readonly isBlank: boolean;
}

const SEGMENT_NAME = /^(\d{10})\.seg(\.spare)?$/;
const MAGIC_BYTES: Buffer = Buffer.alloc(4);
MAGIC_BYTES.writeUInt32LE(FRAME_MAGIC);

export const isSegmentName = (name: string): boolean => SEGMENT_NAME.test(name);

/** The whole file; zeros stand for what the disk cannot read. */
export function readWindow(fs: FileSystem, path: string): Window {
  const file = fs.open(path, 'read');
  try {
    const buffer = Buffer.alloc(Math.max(file.size(), SEGMENT_HEADER_BYTES));
    readOr(file, buffer, 0, PIECE_BYTES);
    const data = new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength);
    return { buffer, data, base: 0 };
  } finally {
    file.close();
  }
}

const PIECE_BYTES = 1024 * 1024;
const BLOCK_BYTES = 4096;

/** In pieces, and a piece that cannot be read in blocks. */
function readOr(file: File, target: Buffer, position: number, pieceBytes: number): void {
  for (let at = 0; at < target.length; at += pieceBytes) {
    const part = target.subarray(at, at + pieceBytes);
    try {
      file.readAt(part, position + at);
    } catch (error) {
      if ((error as { code?: unknown }).code !== 'EIO') throw error;
      if (pieceBytes > BLOCK_BYTES) readOr(file, part, position + at, BLOCK_BYTES);
      else part.fill(0);
    }
  }
}

/** Every intact frame, by offset, whatever lies between two of them. */
export function* intactFrames(window: Window, salt: number): Generator<PlacedFrame, void, void> {
  const { buffer } = window;
  let at = buffer.indexOf(MAGIC_BYTES, SEGMENT_HEADER_BYTES);
  while (at >= 0) {
    const header = at % 8 === 0 ? intactHeader(window, at, salt) : undefined;
    if (header !== undefined) yield { at, header };
    at = buffer.indexOf(MAGIC_BYTES, header === undefined ? at + 1 : frameEnd(at, header, 8));
  }
}

function intactHeader(window: Window, at: number, salt: number): FrameHeader | undefined {
  try {
    return readFrameHeader(window, at, window.buffer.length, salt);
  } catch (error) {
    if (error instanceof AssertionError) return undefined;
    throw error;
  }
}

/**
 * Whether a damaged frame was a mark, which holds nothing. A mark can be made again from its number: if that has
 * the checksum that stands there, or else is the same byte for byte, it is what was there.
 */
export function wasMark(window: Window, at: number, salt: number, sequence: number): boolean {
  const there = window.buffer.subarray(at, at + FRAME_HEADER_BYTES);
  if (there.length < FRAME_HEADER_BYTES) return false;
  const buffer = Buffer.alloc(FRAME_HEADER_BYTES);
  const data = new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength);
  const noted = readU64(window.data, at + 24);
  const plain = { length: 0, recordCount: 0, firstRevision: 0, sequence };
  for (const kind of [FRAME_MARK, FRAME_CLOSE]) {
    for (const durableSequence of noted < sequence ? [sequence - 1, noted] : [sequence - 1]) {
      const header = { ...plain, kind, durableSequence };
      writeFrameHeader({ buffer, data, base: at }, at, salt, header);
      if (there.readUInt32LE(4) === buffer.readUInt32LE(4)) return true;
      if (there.subarray(0, 4).equals(buffer.subarray(0, 4)) && sameFrom(8, there, buffer)) {
        return true;
      }
    }
  }
  return false;
}

const sameFrom = (at: number, a: Buffer, b: Buffer): boolean =>
  a.subarray(at).equals(b.subarray(at));

/**
 * What the file is, of the stores it may belong to: the segment that its name says, or that its header says,
 * whichever has more intact frames in it. ERR_INVALID_ARGUMENT if it is of a version that is not known.
 */
export function identify(
  fs: FileSystem,
  directory: string,
  name: string,
  storeIds: readonly string[],
): FoundSegment {
  const path = `${directory}/${name}`;
  const window = readWindow(fs, path);
  const header = decodeSegmentHeader(window.buffer);
  if (header !== undefined) checkVersion(path, header.version);
  const named = Number(SEGMENT_NAME.exec(name)?.[1] ?? 0);
  const ids = new Set(header === undefined ? [named] : [header.id, named]);
  let best: FoundSegment | undefined;
  for (const storeId of storeIds) {
    for (const id of ids) {
      const isHeaderIntact = header?.id === id && header.storeId === storeId;
      const capacityBytes = isHeaderIntact ? header.capacityBytes : 0;
      const found = inspect(window, { path, id, storeId, isHeaderIntact, capacityBytes });
      if (best === undefined || worth(found) > worth(best)) best = found;
      if (isHeaderIntact && found.frameBytes > 0) return found;
    }
  }
  return best!;
}

const worth = ({ frameBytes, isHeaderIntact }: FoundSegment): number =>
  frameBytes + (isHeaderIntact ? 0.5 : 0);

type Identity = Pick<FoundSegment, 'path' | 'id' | 'storeId' | 'isHeaderIntact' | 'capacityBytes'>;

function inspect(window: Window, identity: Identity): FoundSegment {
  const { buffer } = window;
  let [frameBytes, durableSequence, end] = [0, 0, SEGMENT_HEADER_BYTES];
  let [first, last, isChain] = [0, 0, true];
  for (const { at, header } of intactFrames(window, segmentSalt(identity.storeId, identity.id))) {
    const isNext = first === 0 || header.sequence === last + 1;
    isChain &&= isNext && (at === alignUp(end, 8) || at === alignUp(end, SECTOR_BYTES));
    first = first === 0 ? header.sequence : Math.min(first, header.sequence);
    last = Math.max(last, header.sequence);
    end = at + FRAME_HEADER_BYTES + header.length;
    frameBytes += FRAME_HEADER_BYTES + header.length;
    durableSequence = Math.max(durableSequence, header.durableSequence);
  }
  return {
    ...identity,
    sizeBytes: buffer.length,
    frameBytes,
    firstSequence: first,
    lastSequence: last,
    durableSequence,
    isWhole: isChain && first > 0 && alignUp(end, SECTOR_BYTES) === identity.capacityBytes,
    isBlank: lastUsed(buffer, SEGMENT_HEADER_BYTES) < 0,
  };
}

/** Offset of the last byte from `from` on that is not zero; -1 if there is none. */
export function lastUsed(buffer: Buffer, from: number): number {
  for (let at = buffer.length - 1; at >= from; at--) if (buffer[at] !== 0) return at;
  return -1;
}
