/** Leases: keys that go away when nobody keeps them (R120-R128). */
import type { CallOptions, LeaseId } from './vocabulary.ts';

export interface GrantOptions extends CallOptions {
  /** Raised to 2 seconds if it is less (R121). */
  readonly ttlSeconds: number;
  /** Absent or 0n: a random one. */
  readonly id?: LeaseId;
  /** Renew it until it is disposed of, revoked, or the store is closed. */
  readonly keepAlive?: boolean;
}

/** Of an unknown lease: -1, 0 and no keys (R124). */
export interface LeaseStatus {
  /** Whole seconds that are left. */
  readonly ttlSeconds: number;
  readonly grantedTtlSeconds: number;
  /** In key order; empty unless asked for. */
  readonly keys: readonly Uint8Array[];
}

export interface LeaseStatusOptions extends CallOptions {
  readonly keys?: boolean;
}

/** Disposing of it revokes it. */
export interface Lease extends AsyncDisposable {
  readonly id: LeaseId;
  /** As granted. */
  readonly ttlSeconds: number;
  /** Aborts when the lease is lost: revoked, expired, or the store closed. */
  readonly signal: AbortSignal;
  /** Starts its time anew and returns the seconds; 0 if the lease is gone (R123). */
  keepAliveOnce(options?: CallOptions): Promise<number>;
  timeToLive(options?: LeaseStatusOptions): Promise<LeaseStatus>;
  revoke(options?: CallOptions): Promise<void>;
}

export interface Leases {
  /** ERR_LEASE_EXISTS, ERR_LEASE_TTL_TOO_LARGE (R120). */
  grant(options: GrantOptions): Promise<Lease>;
  /** Deletes its keys, all in one revision (R122). ERR_LEASE_NOT_FOUND. */
  revoke(id: LeaseId, options?: CallOptions): Promise<void>;
  /** Starts its time anew and returns the seconds; 0 if there is no such lease (R123). */
  keepAliveOnce(id: LeaseId, options?: CallOptions): Promise<number>;
  timeToLive(id: LeaseId, options?: LeaseStatusOptions): Promise<LeaseStatus>;
  /** Sorted by the time that is left (R124). */
  list(options?: CallOptions): Promise<readonly LeaseId[]>;
}
