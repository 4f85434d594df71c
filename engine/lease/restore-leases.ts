/**
 * The leases of a store that was just opened. Which keys hang on them is not written down: the newest record
 * of each key says it (R127), so every key is looked at once, in the order of the log, and only if there are
 * leases at all.
 */
import { LEASE_BUCKET, type ReadTx } from '../backend/backend.ts';
import { AFTER_ALL_KEYS } from '../base/bytes.ts';
import type { TreeIndex } from '../mvcc/tree-index.ts';
import { decodeLeaseRecord, type LeaseRecord } from './lease-record.ts';
import type { Lessor } from './lessor.ts';

/** ERR_CORRUPT if the record of a lease cannot be read. */
export function restoreLeases(lessor: Lessor, tx: ReadTx, index: TreeIndex): void {
  const records: LeaseRecord[] = [];
  tx.forEach(LEASE_BUCKET, (key, value) => void records.push(decodeLeaseRecord(key, value)));
  lessor.restore(records);
  if (records.length > 0) attachKeys(lessor, tx, index);
}

function attachKeys(lessor: Lessor, { revisions }: ReadTx, index: TreeIndex): void {
  for (const ordinal of newestPuts(index)) {
    const stored = revisions.read(ordinal);
    const { lease } = stored;
    // The index has the key already: one string for both.
    if (lease !== 0n && lessor.has(lease)) lessor.attach(index.keyIndex(stored.key())!.key, lease);
  }
}

/** The ordinal of every live key's newest record, in order: a walk over the log and not across it. */
function newestPuts(index: TreeIndex): Uint32Array {
  const ordinals = new Uint32Array(index.liveCount);
  let count = 0;
  index.visitIndices('', AFTER_ALL_KEYS, (life) => {
    if (!life.isDeleted) ordinals[count++] = life.modified;
    return true;
  });
  return ordinals.sort();
}
