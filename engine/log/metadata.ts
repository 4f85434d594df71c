/**
 * The metadata of a put: [createRevision, version, lease], a msgpack array through msgpackr.
 *
 * The encoder is never given our own buffer: msgpackr's write position is global to the module, so a
 * buffer lent to it would receive whatever the application packs next. We let it write where it writes
 * anyway and copy the few bytes; it moves on, so bytes the application still holds stay untouched.
 */
import { Packr, REUSE_BUFFER_MODE } from 'msgpackr';
import { assert } from '../base/assert.ts';

/** The most bytes one metadata can take: array head and three 64-bit numbers. */
export const METADATA_BYTES_MAX = 28;

const packr = new Packr({ useRecords: false, int64AsType: 'bigint' });
/** Re-used: packing is synchronous and keeps no reference. */
const scalars: [number, number, number | bigint] = [0, 0, 0];

/** What msgpackr returns in this mode: its own buffer, and where in it the value lies. */
type Packed = Buffer & { readonly start: number; readonly end: number };

/** Writes the metadata at `at`; returns its length in bytes. A lease of 0n costs one byte. */
export function encodeMetadata(
  target: Buffer,
  at: number,
  create: number,
  version: number,
  lease: bigint,
): number {
  scalars[0] = create;
  scalars[1] = version;
  scalars[2] = lease === 0n ? 0 : lease;
  const packed = packr.pack(scalars, REUSE_BUFFER_MODE) as Packed;
  const length = packed.end - packed.start;
  assert(length <= METADATA_BYTES_MAX, () => `metadata of ${length} bytes`);
  for (let i = 0; i < length; i++) target[at + i] = packed[packed.start + i]!;
  return length;
}

export interface Metadata {
  create: number;
  version: number;
  lease: bigint;
}

/**
 * Fills `into`. The common case, small integers and no lease, is decoded here: a getSync decodes one
 * metadata, and the general decoder costs more than all the rest of its record.
 */
export function decodeMetadata(source: Buffer, at: number, length: number, into: Metadata): void {
  cursor = at + 1;
  if (source[at] === 0x93) {
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

let cursor = 0;

/** The msgpack unsigned integer at the cursor, which moves past it; -1 for anything else. */
function smallInteger(source: Buffer): number {
  const head = source[cursor]!;
  if (head < 0x80) return source[cursor++]!;
  if (head === 0xcc) {
    cursor += 2;
    return source[cursor - 1]!;
  }
  if (head === 0xcd) {
    cursor += 3;
    return source[cursor - 2]! * 0x100 + source[cursor - 1]!;
  }
  if (head === 0xce) {
    cursor += 5;
    return source.readUInt32BE(cursor - 4);
  }
  return -1;
}
