/**
 * HashKV (R140-R145): one number for the history up to a revision, the same on every store that went
 * through the same. It is the CRC-32C of the word "key" and then of each record: the bytes of its revision
 * (R6) and its KeyValue message (R7).
 */
import { crc32c } from './crc32c.ts';
import type { Change } from './history.ts';
import { newest, type Stored, survivors } from './survivors.ts';
import type { Bytes } from './types.ts';

export function hashKv(
  changes: readonly Change[],
  compactRevision: number,
  revision: number,
): number {
  const left = survivors(changes, compactRevision);
  const kept = new Set(newest(left, revision).filter(({ kv }) => kv !== undefined));
  const hashed = left.filter((stored) => {
    if (stored.main > revision) return false;
    if (stored.main > compactRevision) return true;
    // R142, R145: of what was compacted no tombstone counts, though one may be left.
    if (stored.kv === undefined) return false;
    // R141: what is seen at this revision; if that is nothing, whatever is left.
    return kept.size === 0 || kept.has(stored);
  });
  return crc32c(Buffer.from(`key${hashed.map(recordBytes).join('')}`, 'latin1'));
}

/** R6, R7. */
function recordBytes({ main, sub, key, kv }: Stored): Bytes {
  const revision = `${bigEndian(main)}_${bigEndian(sub)}`;
  if (kv === undefined) return `${revision}t${bytesField(1, key)}`;
  return [
    revision,
    bytesField(1, kv.key),
    integerField(2, BigInt(kv.createRevision)),
    integerField(3, BigInt(kv.modRevision)),
    integerField(4, BigInt(kv.version)),
    bytesField(5, kv.value),
    integerField(6, kv.lease),
  ].join('');
}

function bigEndian(integer: number): Bytes {
  const hex = integer.toString(16).padStart(16, '0');
  return Buffer.from(hex, 'hex').toString('latin1');
}

/** A protobuf field of wire type 2; absent if empty. */
function bytesField(number: number, bytes: Bytes): Bytes {
  if (bytes === '') return '';
  return `${varint(BigInt(number * 8 + 2))}${varint(BigInt(bytes.length))}${bytes}`;
}

/** A protobuf field of wire type 0, int64; absent if 0. */
function integerField(number: number, value: bigint): Bytes {
  if (value === 0n) return '';
  return `${varint(BigInt(number * 8))}${varint(BigInt.asUintN(64, value))}`;
}

function varint(value: bigint): Bytes {
  if (value < 128n) return String.fromCharCode(Number(value));
  return String.fromCharCode(Number(value % 128n) + 128) + varint(value / 128n);
}
