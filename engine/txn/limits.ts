import { leaseNotFound } from '../base/errors.ts';
import type { Lease, LeaseId } from '../types.ts';

/** What bounds a write. */
export interface WriteLimits {
  /** The most that one put may hold, key and value (R44). */
  readonly maxRequestBytes: number;
  /** Compares, and operations in a branch of a transaction (R60). */
  readonly maxTxnOps: number;
  /** Throws ERR_NO_SPACE if the quota has no room for a put of this cost (R155). */
  admit(putBytes: number): void;
  hasLease(id: LeaseId): boolean;
}

/** The id of the lease that a put names; 0n if it names none. ERR_LEASE_NOT_FOUND (R43). */
export function checkedLease(lease: LeaseId | Lease | undefined, limits: WriteLimits): LeaseId {
  const id = leaseIdOf(lease);
  if (id !== 0n && !limits.hasLease(id)) throw leaseNotFound();
  return id;
}

export const leaseIdOf = (lease: LeaseId | Lease | undefined): LeaseId =>
  typeof lease === 'object' ? lease.id : (lease ?? 0n);

/** What R155 counts for a put. */
export const putCost = (keyBytes: number, valueBytes: number): number =>
  256 + keyBytes + valueBytes;
