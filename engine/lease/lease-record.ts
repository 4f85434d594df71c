/**
 * A lease as bucket `lease` keeps it, byte for byte as etcd does (R127), so that snapshots can be exchanged.
 *
 *     key      8 bytes, big-endian, the id in two's complement
 *     value    field        1 ID     2 TTL    3 RemainingTTL
 *              wire type    varint   varint   varint            all int64; what is 0 is left out
 *
 * Worked example: id 5, granted for 60 seconds, of which 50 were left at the last checkpoint:
 *
 *     00 00 00 00 00 00 00 05  →  08 05  10 3c  18 32
 */
import { bufferOf } from '../base/bytes.ts';
import { corrupt } from '../base/errors.ts';
import type { LeaseId } from '../types.ts';

export interface LeaseRecord {
  readonly id: LeaseId;
  /** As granted: at least 1. */
  readonly ttlSeconds: number;
  /** What a restart leaves it; 0: all of it. */
  readonly remainingSeconds: number;
}

const KEY_BYTES = 8;
/** Three tags and three varints of ten bytes. */
const VALUE_BYTES_MAX = 33;

/** An int64 in two halves: arithmetic on bigints would take longer than all the rest of a grant. */
const halfBytes = new Uint8Array(KEY_BYTES);
const halves = new DataView(halfBytes.buffer);
const scratch = new Uint8Array(VALUE_BYTES_MAX);

/** Valid until the next call here. */
export function encodeLeaseKey(id: LeaseId): Uint8Array {
  halves.setBigInt64(0, id);
  return halfBytes;
}

export function encodeLeaseRecord({ id, ttlSeconds, remainingSeconds }: LeaseRecord): Uint8Array {
  halves.setBigInt64(0, id);
  let at = integer(0, 1, halves.getUint32(0), halves.getUint32(4));
  at = seconds(at, 2, ttlSeconds);
  at = seconds(at, 3, remainingSeconds);
  return scratch.slice(0, at);
}

const seconds = (at: number, field: number, value: number): number =>
  integer(at, field, Math.floor(value / 2 ** 32), value >>> 0);

/** Writes a field whose value has these upper and lower 32 bits; returns its end. */
function integer(start: number, field: number, upper: number, lower: number): number {
  if (upper === 0 && lower === 0) return start;
  let at = start;
  scratch[at++] = field << 3;
  let high = upper;
  let low = lower;
  while (high !== 0 || low > 0x7f) {
    scratch[at++] = (low & 0x7f) | 0x80;
    low = ((low >>> 7) | (high << 25)) >>> 0;
    high >>>= 7;
  }
  scratch[at++] = low;
  return at;
}

/** ERR_CORRUPT if key and value are not those of a lease. */
export function decodeLeaseRecord(key: Uint8Array, value: Uint8Array): LeaseRecord {
  if (key.length !== KEY_BYTES) throw damaged(key, `its key has ${key.length} bytes and not 8`);
  const [, id, ttl, remaining] = decodeIntegers(key, value);
  if (id === 0n || id !== bufferOf(key).readBigInt64BE(0)) {
    throw damaged(key, `its record is that of ${id}`);
  }
  const ttlSeconds = Number(ttl);
  const remainingSeconds = Number(remaining);
  if (!(ttlSeconds > 0 && Number.isSafeInteger(ttlSeconds))) {
    throw damaged(key, `its record grants ${ttl} seconds`);
  }
  if (!(remainingSeconds >= 0 && remainingSeconds <= ttlSeconds)) {
    throw damaged(key, `its record leaves ${remaining} of ${ttl} seconds`);
  }
  return { id, ttlSeconds, remainingSeconds };
}

/** By field number. */
function decodeIntegers(key: Uint8Array, value: Uint8Array): [0n, bigint, bigint, bigint] {
  const fields: [0n, bigint, bigint, bigint] = [0n, 0n, 0n, 0n];
  let at = 0;
  while (at < value.length) {
    const tag = value[at++]!;
    const field = tag >>> 3;
    if ((tag & 7) !== 0 || field < 1 || field > 3) {
      throw damaged(key, `its record has a field tagged ${tag}`);
    }
    let result = 0n;
    let shift = 0n;
    for (;;) {
      const byte = value[at++];
      if (byte === undefined || shift > 63n) throw damaged(key, 'its record ends in a number');
      result |= BigInt(byte & 0x7f) << shift;
      shift += 7n;
      if (byte < 0x80) break;
    }
    fields[field as 1 | 2 | 3] = BigInt.asIntN(64, result);
  }
  return fields;
}

const damaged = (key: Uint8Array, what: string): Error =>
  corrupt(`lease 0x${hexOf(key)}`, `${what}: restore a backup`);

const hexOf = (key: Uint8Array): string => bufferOf(key).toString('hex');
