/** What leases write: each in the transaction that its caller opened, so that it is all or nothing. */
import { LEASE_BUCKET } from '../backend/backend.ts';
import { assert } from '../base/assert.ts';
import type { TxnWrite } from '../mvcc/kv.ts';
import type { GrantedLease } from './granted-lease.ts';
import { encodeLeaseKey, encodeLeaseRecord } from './lease-record.ts';
import type { LeaseCheckpoint, Lessor } from './lessor.ts';

/** The lease with all its time: a new one, or one whose checkpoint is cleared. */
export function saveLease(tx: TxnWrite, lease: GrantedLease): void {
  saveCheckpoint(tx, { lease, remainingSeconds: 0 });
}

export function saveCheckpoint(tx: TxnWrite, { lease, remainingSeconds }: LeaseCheckpoint): void {
  const { id, ttlSeconds } = lease;
  const value = encodeLeaseRecord({ id, ttlSeconds, remainingSeconds });
  tx.putRecord(LEASE_BUCKET, encodeLeaseKey(id), value);
}

/** Deletes its keys, in key order and in one revision, and its record (R122). */
export function revokeLease(tx: TxnWrite, lessor: Lessor, lease: GrantedLease): void {
  for (const key of lessor.keysOf(lease)) {
    const deleted = tx.deleteRange(key, undefined);
    assert(deleted === 1, () => `a key that does not exist hangs on lease ${lease.id}`);
  }
  tx.deleteRecord(LEASE_BUCKET, encodeLeaseKey(lease.id));
}
