/**
 * etcd's KeyValue message (R7) to and from bytes: how bucket `key` shows its values to the outside. The
 * log itself keeps the fields in a record of its own; this encoding is made when somebody asks.
 *
 *     field        1 key   2 create   3 mod    4 version   5 value   6 lease
 *     wire type    bytes   varint     varint   varint      bytes     varint
 *
 * Fields that are zero or empty are left out; a tombstone holds the key only.
 */
import { bufferOf, type KeyString } from '../base/bytes.ts';
import { invalidArgument } from '../base/errors.ts';

export interface KeyValueMessage {
  readonly key: KeyString;
  readonly create: number;
  readonly mod: number;
  readonly version: number;
  readonly value: Uint8Array;
  readonly lease: bigint;
}

/** The most that a message holds beside the bytes of its key and its value. */
export const KEY_VALUE_FRAME_BYTES = 64;

export function encodeKeyValue(message: KeyValueMessage): Uint8Array {
  const { key, value, lease } = message;
  const target = Buffer.allocUnsafe(KEY_VALUE_FRAME_BYTES + key.length + value.length);
  let at = writeBeforeValue(target, 0, message, value.length);
  target.set(value, at);
  at = writeLease(target, at + value.length, lease);
  return new Uint8Array(target.subarray(0, at));
}

/** All that comes before the bytes of the value: its length is the last of it. Returns its end. */
export function writeBeforeValue(
  target: Buffer,
  start: number,
  { key, create, mod, version }: Omit<KeyValueMessage, 'value'>,
  valueBytes: number,
): number {
  let at = bytesHead(target, start, 1, key.length);
  at += target.latin1Write(key, at, key.length);
  at = integer(target, at, 2, create);
  at = integer(target, at, 3, mod);
  at = integer(target, at, 4, version);
  return bytesHead(target, at, 5, valueBytes);
}

/** All that comes after the value. Returns its end. */
export function writeLease(target: Buffer, start: number, lease: bigint): number {
  if (lease === 0n) return start;
  let at = start;
  target[at++] = 6 << 3;
  let rest = BigInt.asUintN(64, lease);
  for (; rest > 0x7fn; rest >>= 7n) target[at++] = Number(rest & 0x7fn) | 0x80;
  target[at++] = Number(rest);
  return at;
}

function bytesHead(target: Buffer, at: number, field: number, length: number): number {
  if (length === 0) return at;
  target[at] = (field << 3) | 2;
  return varint(target, at + 1, length);
}

function integer(target: Buffer, at: number, field: number, value: number): number {
  if (value === 0) return at;
  target[at] = field << 3;
  return varint(target, at + 1, value);
}

/** A safe integer, not negative. */
function varint(target: Buffer, start: number, value: number): number {
  let at = start;
  let rest = value;
  // Past 31 bits the operators on integers are of no use.
  for (; rest > 0x7fff_ffff; rest = Math.floor(rest / 0x80)) target[at++] = (rest % 0x80) | 0x80;
  for (; rest > 0x7f; rest >>>= 7) target[at++] = (rest & 0x7f) | 0x80;
  target[at++] = rest;
  return at;
}

/** ERR_INVALID_ARGUMENT if the bytes are not a KeyValue message with a key. */
export function decodeKeyValue(bytes: Uint8Array): KeyValueMessage {
  const source = bufferOf(bytes);
  const integers = [0n, 0n, 0n, 0n, 0n, 0n, 0n];
  let key = '';
  let value: Uint8Array = new Uint8Array(0);
  let at = 0;
  const readVarint = (): bigint => {
    let result = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = source[at++];
      if (byte === undefined) break;
      result |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return result;
    }
    throw notAMessage();
  };
  while (at < source.length) {
    const tag = Number(readVarint());
    const field = tag >>> 3;
    if ((tag & 7) === 0 && [2, 3, 4, 6].includes(field)) {
      integers[field] = BigInt.asIntN(64, readVarint());
    } else if ((tag & 7) === 2 && (field === 1 || field === 5)) {
      const end = Number(readVarint()) + at;
      if (end > source.length) throw notAMessage();
      if (field === 1) key = source.latin1Slice(at, end);
      else value = new Uint8Array(source.subarray(at, end));
      at = end;
    } else {
      throw notAMessage();
    }
  }
  if (key === '') throw notAMessage();
  const [, , create, mod, version, , lease] = integers as [
    0n,
    0n,
    bigint,
    bigint,
    bigint,
    0n,
    bigint,
  ];
  return { key, value, lease, create: Number(create), mod: Number(mod), version: Number(version) };
}

const notAMessage = (): Error =>
  invalidArgument('a value of bucket "key" must be an etcd KeyValue message with a key');
