/** What the store keeps about itself in bucket `meta`: etcd's names (R89a), and one of its own. */
import { keyBytesOf } from '../base/bytes.ts';

/** 8 bytes, big-endian: the index of the last entry of a consensus log that was applied. */
export const CONSISTENT_INDEX: Uint8Array = keyBytesOf('consistent_index');
/** A revision key (R6). */
export const SCHEDULED_COMPACTION: Uint8Array = keyBytesOf('scheduledCompactRev');
/** A revision key (R6). */
export const FINISHED_COMPACTION: Uint8Array = keyBytesOf('finishedCompactRev');
/** 8 bytes, big-endian: the current revision is at least this, whatever the last record says. */
export const CURRENT_REVISION: Uint8Array = keyBytesOf('currentRevision');

export function encodeCount(count: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(count));
  return bytes;
}

export function decodeCount(bytes: Uint8Array): number {
  return Number(new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0));
}
