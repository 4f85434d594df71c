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
  assert(Number.isSafeInteger(main) && main >= 0, () => `main revision ${main}`);
  assert(Number.isSafeInteger(sub) && sub >= 0, () => `sub revision ${sub}`);
  const bytes = new Uint8Array(tombstone ? REVISION_BYTES + 1 : REVISION_BYTES);
  const data = new DataView(bytes.buffer);
  data.setBigUint64(0, BigInt(main));
  bytes[8] = UNDERSCORE;
  data.setBigUint64(9, BigInt(sub));
  if (tombstone) bytes[REVISION_BYTES] = TOMBSTONE;
  return bytes;
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
