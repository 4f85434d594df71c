/**
 * One record: a header that recovery and the index can read without touching metadata or value, then
 * metadata, key and value.
 *
 *      0  u8   bucket          which bucket it belongs to
 *      1  u8   kind            put, tombstone, remove, bucket
 *      2  u8   metadata bytes  0 unless a put of bucket `key`
 *      3  u8   0
 *      4  u32  key bytes
 *      8  u32  value bytes
 *     12  u32  sub revision
 *     16  u64  main revision   0 outside bucket `key`
 *     24       metadata, key, value
 *
 * A record has no checksum of its own: its frame's is verified whenever the frame comes from disk.
 */
import { markAsUntransferable } from 'node:worker_threads';
import type { KeyString } from '../base/bytes.ts';
import { RECORD_HEADER_BYTES, readU64, writeU64 } from './format.ts';
import { decodeMetadata, encodeMetadata, METADATA_BYTES_MAX } from './metadata.ts';

/** A key gets a value: in bucket `key` at a revision, elsewhere in place of the value before. */
export const RECORD_PUT = 1;
/** Bucket `key` only: the key is deleted as of this revision. */
export const RECORD_TOMBSTONE = 2;
/** Takes an entry out of its bucket: by key, in bucket `key` by revision. */
export const RECORD_REMOVE = 3;
/** Declares a bucket: its number in the header, its name as the key. */
export const RECORD_BUCKET = 4;
/** A compaction: its revision in the header, and as the value the revisions it removed. */
export const RECORD_COMPACT = 5;

/** What a record holds, before it is encoded. */
export interface RecordFields {
  readonly bucket: number;
  readonly kind: number;
  readonly main: number;
  readonly sub: number;
  readonly key: KeyString;
  readonly value: string | Uint8Array;
  /** Metadata, written for puts of bucket `key` (create > 0). */
  readonly create: number;
  readonly version: number;
  readonly lease: bigint;
}

/** Upper bound of the encoded size; exact but for the metadata's width and non-ASCII text. */
export function recordBytesMax(record: RecordFields): number {
  return RECORD_HEADER_BYTES + METADATA_BYTES_MAX + record.key.length + bytesMax(record.value);
}

/** A char of a string is at most three bytes of UTF-8; long strings are worth counting. */
function bytesMax(value: string | Uint8Array): number {
  if (typeof value !== 'string') return value.length;
  return value.length < 1024 ? value.length * 3 : Buffer.byteLength(value);
}

/** Encodes at `at`, where `recordBytesMax` bytes must be free; returns the record's end. */
export function encodeRecord(
  target: Buffer,
  data: DataView,
  at: number,
  record: RecordFields,
): number {
  const { key, value } = record;
  let end = at + RECORD_HEADER_BYTES;
  const metadataBytes =
    record.create > 0
      ? encodeMetadata(target, end, record.create, record.version, record.lease)
      : 0;
  end += metadataBytes;
  target.latin1Write(key, end, key.length);
  end += key.length;
  const valueAt = end;
  if (typeof value === 'string') end += target.utf8Write(value, end);
  else {
    target.set(value, end);
    end += value.length;
  }
  data.setUint32(at, record.bucket | (record.kind << 8) | (metadataBytes << 16), true);
  data.setUint32(at + 4, key.length, true);
  data.setUint32(at + 8, end - valueAt, true);
  data.setUint32(at + 12, record.sub, true);
  writeU64(data, at + 16, record.main);
  return end;
}

/**
 * A window onto one record in a buffer. Moved by assigning `buffer`, `data` and `at`; nothing is
 * copied until `key` or `value` is asked for, and what those return is the caller's own.
 */
export class RecordView {
  buffer: Buffer;
  data: DataView;
  at = 0;
  create = 0;
  version = 0;
  lease = 0n;

  constructor(buffer: Buffer, data: DataView) {
    this.buffer = buffer;
    this.data = data;
  }

  get bucket(): number {
    return this.buffer[this.at]!;
  }
  get kind(): number {
    return this.buffer[this.at + 1]!;
  }
  get metadataBytes(): number {
    return this.buffer[this.at + 2]!;
  }
  get keyBytes(): number {
    return this.data.getUint32(this.at + 4, true);
  }
  get valueBytes(): number {
    return this.data.getUint32(this.at + 8, true);
  }
  get sub(): number {
    return this.data.getUint32(this.at + 12, true);
  }
  get main(): number {
    return readU64(this.data, this.at + 16);
  }
  /** Encoded size. */
  get bytes(): number {
    return RECORD_HEADER_BYTES + this.metadataBytes + this.keyBytes + this.valueBytes;
  }
  get end(): number {
    return this.at + this.bytes;
  }

  key(): KeyString {
    const start = this.at + RECORD_HEADER_BYTES + this.metadataBytes;
    return this.buffer.latin1Slice(start, start + this.keyBytes);
  }

  value(): Uint8Array {
    const end = this.end;
    return copyOut(this.buffer, end - this.valueBytes, end);
  }

  /** Fills `create`, `version` and `lease`; all 0 for a record without metadata. */
  readMetadata(): void {
    const length = this.metadataBytes;
    if (length > 0) {
      decodeMetadata(this.buffer, this.at + RECORD_HEADER_BYTES, length, this);
    } else {
      this.create = 0;
      this.version = 0;
      this.lease = 0n;
    }
  }
}

/**
 * Copies of values share slabs: allocating a buffer for each would cost five times the copy. A value
 * that is kept keeps at most one slab alive.
 */
const SLAB_BYTES = 32 * 1024;
/** A loop over so few bytes is done before a call into native code has begun. */
const SHORT_BYTES = 32;
let slab: Buffer = newSlab();
let slabUsed = 0;

/** Transferring one value to a worker must not take its neighbours away. */
function newSlab(): Buffer {
  const fresh = Buffer.allocUnsafeSlow(SLAB_BYTES);
  markAsUntransferable(fresh.buffer);
  return fresh;
}

export function copyOut(source: Buffer, start: number, end: number): Uint8Array {
  const length = end - start;
  if (length > SLAB_BYTES / 8) {
    return new Uint8Array(source.subarray(start, end));
  }
  if (slabUsed + length > SLAB_BYTES) {
    slab = newSlab();
    slabUsed = 0;
  }
  if (length > SHORT_BYTES) source.copy(slab, slabUsed, start, end);
  else for (let i = 0; i < length; i++) slab[slabUsed + i] = source[start + i]!;
  const copy = new Uint8Array(slab.buffer, slabUsed, length);
  slabUsed = (slabUsed + length + 7) & ~7;
  return copy;
}
