/**
 * The constants and headers of the log's files, byte for byte as `docs/format.md` describes them.
 * All integers are little-endian; 64-bit ones hold safe integers only.
 *
 *     segment = header sector, batch, batch, …          one file, NNNNNNNNNN.seg
 *     batch   = frame, frame, …, zeros to the sector    what one write and one sync carry
 *     frame   = frame header, record, record, …         whole transactions, one checksum
 *     record  = record header, metadata, key, value
 *
 * A batch starts on a sector of its own, so **a sector that was synced is never written again**: whatever
 * a power cut does to the sector being written, it cannot reach what was acknowledged before.
 *
 * The checksum is seeded with the store, the segment's id and the frame's offset, so a block that landed
 * in the wrong place, or stayed from a file's former life, does not pass. Segment ids are never re-used.
 */
import { crc32 } from 'node:zlib';
import { assert } from '../base/assert.ts';
import { invalidArgument } from '../base/errors.ts';

/** Written. Version 1 is read as well: it has no compactions, and its manifest says less. */
export const FORMAT_VERSION = 2;
export const SECTOR_BYTES = 512;
export const SEGMENT_HEADER_BYTES: number = SECTOR_BYTES;
export const FRAME_HEADER_BYTES = 48;
export const RECORD_HEADER_BYTES = 24;

export const SEGMENT_MAGIC: Buffer = Buffer.from('VARVESEG', 'latin1');
/** 'VFRM' read as a little-endian integer. */
export const FRAME_MAGIC = 0x4d524656;

/** Frame kinds. A mark only claims earlier frames durable; a close mark ends a clean session. */
export const FRAME_DATA = 1;
export const FRAME_MARK = 2;
export const FRAME_CLOSE = 3;

export interface FrameHeader {
  /** Payload bytes after the header. */
  readonly length: number;
  readonly recordCount: number;
  /** 1, 2, 3, … over the life of the store. */
  readonly sequence: number;
  /** The last frame known to be synced when this one was closed. Always below `sequence`. */
  readonly durableSequence: number;
  /** Main revision of the first record that has one; 0 if none has. */
  readonly firstRevision: number;
  readonly kind: number;
}

export const alignUp = (offset: number, to: number): number => Math.ceil(offset / to) * to;

export function writeU64(data: DataView, at: number, value: number): void {
  data.setUint32(at, value >>> 0, true);
  data.setUint32(at + 4, Math.floor(value / 0x1_0000_0000), true);
}

export function readU64(data: DataView, at: number): number {
  return data.getUint32(at + 4, true) * 0x1_0000_0000 + data.getUint32(at, true);
}

/** Bytes of a segment, or of a part of it, in memory: offset `base` of the file is `buffer[0]`. */
export interface Window {
  readonly buffer: Buffer;
  readonly data: DataView;
  readonly base: number;
}

/** The payload must be in place: its checksum is computed here. `at` is an offset in the segment. */
export function writeFrameHeader(
  { buffer, data, base }: Window,
  at: number,
  salt: number,
  header: FrameHeader,
): void {
  assert(at % 8 === 0, () => `frame at ${at} is not aligned`);
  assert(header.durableSequence < header.sequence, () => `frame ${header.sequence} claims itself`);
  const start = at - base;
  data.setUint32(start, FRAME_MAGIC, true);
  data.setUint32(start + 8, header.length, true);
  data.setUint32(start + 12, header.recordCount, true);
  writeU64(data, start + 16, header.sequence);
  writeU64(data, start + 24, header.durableSequence);
  writeU64(data, start + 32, header.firstRevision);
  data.setUint32(start + 40, header.kind, true);
  data.setUint32(start + 44, 0, true);
  data.setUint32(start + 4, frameChecksum(buffer, start, header.length, (salt ^ at) >>> 0), true);
}

/** The header of the frame at `at`, or undefined if the bytes there are not a whole, intact frame. */
export function readFrameHeader(
  { buffer, data, base }: Window,
  at: number,
  end: number,
  salt: number,
): FrameHeader | undefined {
  const start = at - base;
  if (at + FRAME_HEADER_BYTES > end || data.getUint32(start, true) !== FRAME_MAGIC) {
    return undefined;
  }
  const length = data.getUint32(start + 8, true);
  if (at + FRAME_HEADER_BYTES + length > end) return undefined;
  const checksum = data.getUint32(start + 4, true);
  if (frameChecksum(buffer, start, length, (salt ^ at) >>> 0) !== checksum) return undefined;
  const header = {
    length,
    recordCount: data.getUint32(start + 12, true),
    sequence: readU64(data, start + 16),
    durableSequence: readU64(data, start + 24),
    firstRevision: readU64(data, start + 32),
    kind: data.getUint32(start + 40, true),
  };
  assert(header.durableSequence < header.sequence, () => `frame ${header.sequence} claims itself`);
  return header;
}

export interface PlacedFrame {
  readonly at: number;
  readonly header: FrameHeader;
}

/**
 * The frame that follows in the same segment. Within a batch it starts at the next multiple of 8, else
 * at the next sector. Which one, the sequence tells: after a crash that kept half a batch, the rest of
 * it may still lie at the first place, and the batch written after recovery is at the second.
 */
export function frameAfter(
  window: Window,
  { at, header }: PlacedFrame,
  end: number,
  salt: number,
): PlacedFrame | undefined {
  for (const to of [8, SECTOR_BYTES]) {
    const next = frameEnd(at, header, to);
    const follower = readFrameHeader(window, next, end, salt);
    if (follower?.sequence === header.sequence + 1) return { at: next, header: follower };
  }
  return undefined;
}

/** The frame's end, rounded up: to 8, where the next frame of its batch is, or to the next sector. */
export const frameEnd = (at: number, header: FrameHeader, to: number): number =>
  alignUp(at + FRAME_HEADER_BYTES + header.length, to);

/** Everything after the checksum field. */
function frameChecksum(buffer: Buffer, start: number, length: number, seed: number): number {
  return crc32(buffer.subarray(start + 8, start + FRAME_HEADER_BYTES + length), seed);
}

/** What seeds a segment's checksums, beside the offset: which store, which segment. */
export function segmentSalt(storeId: string, segmentId: number): number {
  return crc32(Buffer.from(storeId, 'hex'), Math.imul(segmentId, 0x9e3779b1) >>> 0);
}

export function checkVersion(path: string, version: number): void {
  if (version === 1 || version === FORMAT_VERSION) return;
  throw invalidArgument(
    `${path}: format version ${version} is not known (this Varve knows 1 and ${FORMAT_VERSION}): open the store with the version that wrote it`,
  );
}

export interface SegmentHeader {
  readonly id: number;
  /** Sixteen hexadecimal digits, drawn when the store was created. */
  readonly storeId: string;
  readonly capacityBytes: number;
}

export function encodeSegmentHeader(header: SegmentHeader): Buffer {
  const sector = Buffer.alloc(SEGMENT_HEADER_BYTES);
  SEGMENT_MAGIC.copy(sector, 0);
  sector.writeUInt32LE(FORMAT_VERSION, 8);
  sector.writeUInt32LE(header.id, 12);
  sector.write(header.storeId, 16, 8, 'hex');
  sector.writeUInt32LE(header.capacityBytes, 24);
  sector.writeUInt32LE(crc32(sector.subarray(0, 28)), 28);
  return sector;
}

/** Undefined if the bytes are not an intact header; the version is left to the caller to judge. */
export function decodeSegmentHeader(
  sector: Buffer,
): (SegmentHeader & { readonly version: number }) | undefined {
  if (!sector.subarray(0, 8).equals(SEGMENT_MAGIC)) return undefined;
  if (crc32(sector.subarray(0, 28)) !== sector.readUInt32LE(28)) return undefined;
  return {
    version: sector.readUInt32LE(8),
    id: sector.readUInt32LE(12),
    storeId: sector.toString('hex', 16, 24),
    capacityBytes: sector.readUInt32LE(24),
  };
}

export const segmentName = (id: number): string => `${String(id).padStart(10, '0')}.seg`;
