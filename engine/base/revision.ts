/**
 * A revision as bytes (R6): what etcd uses as the key of a record, in revision order under byte order.
 *
 *     main 2, sub 0              0000000000000002 5f 0000000000000000         17 bytes
 *     the same, a tombstone      0000000000000002 5f 0000000000000000 74      18 bytes
 */
import { assert } from './assert.ts';
import { invalidArgument } from './errors.ts';

export interface RevisionParts {
  /** The revision of the whole transaction: a safe integer. */
  readonly main: number;
  /** Place of the write inside its transaction, from 0. */
  readonly sub: number;
}

export const REVISION_BYTES = 17;
const UNDERSCORE = 0x5f;
const TOMBSTONE = 0x74;

export function encodeRevision(main: number, sub: number, tombstone = false): Uint8Array {
  const bytes = new Uint8Array(tombstone ? REVISION_BYTES + 1 : REVISION_BYTES);
  writeRevision(new DataView(bytes.buffer), main, sub, tombstone);
  return bytes;
}

/** Writes the same to the front of `target`; returns its end. */
export function writeRevision(
  target: DataView,
  main: number,
  sub: number,
  tombstone: boolean,
): number {
  assert(Number.isSafeInteger(main) && main >= 0, () => `main revision ${main}`);
  assert(Number.isSafeInteger(sub) && sub >= 0, () => `sub revision ${sub}`);
  target.setUint32(0, main / 2 ** 32);
  target.setUint32(4, main);
  target.setUint8(8, UNDERSCORE);
  target.setUint32(9, sub / 2 ** 32);
  target.setUint32(13, sub);
  if (!tombstone) return REVISION_BYTES;
  target.setUint8(REVISION_BYTES, TOMBSTONE);
  return REVISION_BYTES + 1;
}

export function decodeRevision(bytes: Uint8Array): RevisionParts & { readonly tombstone: boolean } {
  const tombstone = bytes.length === REVISION_BYTES + 1 && bytes[REVISION_BYTES] === TOMBSTONE;
  if ((bytes.length !== REVISION_BYTES && !tombstone) || bytes[8] !== UNDERSCORE) {
    throw invalidArgument('not a revision key: 8 bytes main, "_", 8 bytes sub, and "t" if deleted');
  }
  const data = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const main = Number(data.getBigUint64(0));
  const sub = Number(data.getBigUint64(9));
  if (!Number.isSafeInteger(main) || !Number.isSafeInteger(sub)) {
    throw invalidArgument('a revision beyond 2^53 cannot be stored');
  }
  return { main, sub, tombstone };
}

export function compareRevisions(a: RevisionParts, b: RevisionParts): number {
  return a.main - b.main || a.sub - b.sub;
}
