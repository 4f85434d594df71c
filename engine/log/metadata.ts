/**
 * The metadata of a put: [createRevision, version, lease] as a msgpack array, through msgpackr.
 *
 * The common case, numbers below 2^32 and no lease, is written and read here byte by byte, as msgpackr
 * would: it is on the path of every put and get, where the general codec takes longer than all the rest
 * of the record (measured). Anything else goes through msgpackr.
 *
 * Its encoder is never given our own buffer: its write position is global to the module, so a buffer
 * lent to it would receive whatever the application packs next.
 */
import { Packr } from 'msgpackr/pack';
import { assert } from '../base/assert.ts';

/** The most bytes one metadata can take: array head and three 64-bit numbers. */
export const METADATA_BYTES_MAX = 28;

const packr = new Packr({ useRecords: false, int64AsType: 'bigint' });
const ARRAY_OF_THREE = 0x93;
const UINT8 = 0xcc;
const UINT16 = 0xcd;
const UINT32 = 0xce;

/** Where the byte-by-byte code is. */
let cursor = 0;

/** Writes the metadata at `at`; returns its length in bytes. */
export function encodeMetadata(
  target: Buffer,
  at: number,
  create: number,
  version: number,
  lease: bigint,
): number {
  if (lease === 0n && create <= 0xffff_ffff && version <= 0xffff_ffff) {
    target[at] = ARRAY_OF_THREE;
    cursor = at + 1;
    writeInteger(target, create);
    writeInteger(target, version);
    target[cursor] = 0;
    return cursor + 1 - at;
  }
  const packed = packr.pack([create, version, lease === 0n ? 0 : lease]);
  assert(packed.length <= METADATA_BYTES_MAX, () => `metadata of ${packed.length} bytes`);
  target.set(packed, at);
  return packed.length;
}

function writeInteger(target: Buffer, value: number): void {
  if (value < 0x80) {
    target[cursor++] = value;
  } else if (value < 0x100) {
    target[cursor] = UINT8;
    target[cursor + 1] = value;
    cursor += 2;
  } else if (value < 0x1_0000) {
    target[cursor] = UINT16;
    target[cursor + 1] = value >>> 8;
    target[cursor + 2] = value;
    cursor += 3;
  } else {
    target[cursor] = UINT32;
    target[cursor + 1] = value >>> 24;
    target[cursor + 2] = value >>> 16;
    target[cursor + 3] = value >>> 8;
    target[cursor + 4] = value;
    cursor += 5;
  }
}

export interface Metadata {
  create: number;
  version: number;
  lease: bigint;
}

/** Fills `into`. */
export function decodeMetadata(source: Buffer, at: number, length: number, into: Metadata): void {
  cursor = at + 1;
  if (source[at] === ARRAY_OF_THREE) {
    const create = smallInteger(source);
    const version = create < 0 ? -1 : smallInteger(source);
    if (version >= 0 && source[cursor] === 0 && cursor + 1 === at + length) {
      into.create = create;
      into.version = version;
      into.lease = 0n;
      return;
    }
  }
  const decoded: unknown = packr.unpack(source, { start: at, end: at + length });
  const [create, version, lease] = decoded as [number, number, number | bigint];
  into.create = create;
  into.version = version;
  into.lease = BigInt(lease);
}

/** The msgpack unsigned integer at the cursor, which moves past it; -1 for anything else. */
function smallInteger(source: Buffer): number {
  const head = source[cursor]!;
  if (head < 0x80) return source[cursor++]!;
  if (head === UINT8) {
    cursor += 2;
    return source[cursor - 1]!;
  }
  if (head === UINT16) {
    cursor += 3;
    return source[cursor - 2]! * 0x100 + source[cursor - 1]!;
  }
  if (head === UINT32) {
    cursor += 5;
    return (
      source[cursor - 4]! * 0x100_0000 +
      (source[cursor - 3]! << 16) +
      (source[cursor - 2]! << 8) +
      source[cursor - 1]!
    );
  }
  return -1;
}
