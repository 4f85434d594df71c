/**
 * The hash of a whole backend (R146): every bucket in the order of their names, the name itself, then
 * each key and its value in key order, all laid end to end, and the CRC-32C of that. No lengths and no
 * separators.
 *
 *     bucket  keys and values               bytes
 *     key     00…02_00…00 → (a message)     key 00…02_00…00 (a message)
 *     meta    scheduledCompactRev → 7       meta scheduledCompactRev 7
 *
 * Some keys of bucket `meta` tell how far a member has come rather than what it holds. They are left out,
 * more of them with each line of etcd; the hash of a snapshot file leaves out none.
 */
import { crc32c } from './crc32c.ts';
import { compareBytes } from './history.ts';
import type { Bytes } from './types.ts';

/** Buckets by name, each with its keys and values, in any order. */
export type BackendDump = ReadonlyMap<Bytes, readonly (readonly [key: Bytes, value: Bytes])[]>;

export type HashLine = '3.4' | '3.5' | '3.6' | 'snapshot';

const LEFT_OUT: Readonly<Record<HashLine, readonly Bytes[]>> = {
  '3.4': ['consistent_index'],
  '3.5': ['consistent_index', 'term'],
  '3.6': ['consistent_index', 'term', 'storageVersion'],
  snapshot: [],
};

/** Whether the hash of this line of etcd leaves a key out. */
export function leavesOut(line: HashLine, bucket: Bytes, key: Bytes): boolean {
  return bucket === 'meta' && LEFT_OUT[line].includes(key);
}

export function hashBackend(dump: BackendDump, line: HashLine): number {
  const buckets = [...dump].sort(([a], [b]) => compareBytes(a, b));
  const bytes = buckets.map(([name, entries]) => {
    const hashed = entries.filter(([key]) => !leavesOut(line, name, key));
    const inOrder = [...hashed].sort(([a], [b]) => compareBytes(a, b));
    return [name, ...inOrder.flat()].join('');
  });
  return crc32c(Buffer.from(bytes.join(''), 'latin1'));
}
