/**
 * `store.leases`: grants, renewals and revocations as transactions of the store, and the handles of those
 * who hold a lease. The lessor holds the leases themselves; the keeper revokes what has ended.
 */
import { keyBytesOf } from './base/bytes.ts';
import type { Clock } from './base/clock.ts';
import { closed, invalidArgument, leaseNotFound } from './base/errors.ts';
import type { GrantedLease } from './lease/granted-lease.ts';
import { revokeLease, saveLease } from './lease/lease-txn.ts';
import type { Lessor } from './lease/lessor.ts';
import { LeaseKeeper } from './lease-keeper.ts';
import { type LeaseOwner, LocalLease } from './local-lease.ts';
import type { TxnWrite } from './mvcc/kv.ts';
import type { StoreCore } from './store-core.ts';
import type {
  CallOptions,
  GrantOptions,
  Lease,
  LeaseId,
  Leases,
  LeaseStatus,
  LeaseStatusOptions,
} from './types.ts';

/** What R155 counts for a grant. */
const GRANT_COST_BYTES = 64;
const NO_OPTIONS = {};
const UNKNOWN: LeaseStatus = { ttlSeconds: -1, grantedTtlSeconds: 0, keys: [] };

export interface LeasesOptions {
  readonly clock: Clock;
  readonly readOnly: boolean;
}

export class LocalLeases implements Leases, LeaseOwner {
  readonly clock: Clock;
  readonly #core: StoreCore;
  readonly #lessor: Lessor;
  readonly #keeper: LeaseKeeper;
  /** Handles that want to know when their lease is lost. */
  readonly #handles = new Map<GrantedLease, LocalLease>();
  /** The last transaction that changed a lease: when it is on disk, so are those before. */
  #lastWrite: Promise<unknown> = Promise.resolve();
  /** Why all leases are lost, if they are: the store is closed, or has failed. */
  #end: Error | undefined;

  /** The lessor has what was found at open. */
  constructor(core: StoreCore, lessor: Lessor, { clock, readOnly }: LeasesOptions) {
    this.clock = clock;
    this.#core = core;
    this.#lessor = lessor;
    this.#keeper = new LeaseKeeper(core, lessor, clock, {
      revoke: (lease) => this.revokeHeld(lease, NO_OPTIONS),
      onFailure: (failure) => this.#finish(failure),
    });
    if (!readOnly) this.#keeper.adjust();
  }

  grant(options: GrantOptions): Promise<Lease> {
    let checked: CheckedGrant;
    try {
      checked = checkedGrant(options);
    } catch (error) {
      return Promise.reject(error);
    }
    const { id, ttlSeconds, keepAlive } = checked;
    const lessor = this.#lessor;
    let lease: GrantedLease;
    const granted = this.#write(
      options,
      (tx) => {
        this.#core.maintenance.quota.admit(GRANT_COST_BYTES);
        lease = lessor.newLease(id, ttlSeconds);
        saveLease(tx, lease);
        return new LocalLease(this, lease);
      },
      () => {
        lessor.add(lease);
        this.#keeper.adjust();
      },
    );
    return keepAlive ? granted.then(kept) : granted;
  }

  revoke(id: LeaseId, options: CallOptions = NO_OPTIONS): Promise<void> {
    try {
      const lease = this.#lessor.get(checkedId(id));
      if (lease !== undefined) return this.revokeHeld(lease, options);
      this.#core.checkWritable();
      return Promise.reject(leaseNotFound());
    } catch (error) {
      return Promise.reject(error);
    }
  }

  keepAliveOnce(id: LeaseId, options: CallOptions = NO_OPTIONS): Promise<number> {
    try {
      return this.renew(this.#lessor.get(checkedId(id)), options);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  timeToLive(id: LeaseId, options: LeaseStatusOptions = NO_OPTIONS): Promise<LeaseStatus> {
    try {
      return this.status(this.#lessor.get(checkedId(id)), options);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  async list(options: CallOptions = NO_OPTIONS): Promise<readonly LeaseId[]> {
    this.#checkReadable(options);
    return this.#settle(this.#lessor.list().map(({ id }) => id));
  }

  // ── for the handles ──────────────────────────────────────────────────────

  async revokeHeld(lease: GrantedLease, options: CallOptions): Promise<void> {
    let isRevoked = false;
    try {
      await this.#write(
        options,
        (tx) => {
          if (!lease.isHeld) throw leaseNotFound();
          revokeLease(tx, this.#lessor, lease);
        },
        () => {
          this.#lessor.remove(lease);
          this.#keeper.adjust();
          isRevoked = true;
        },
      );
    } catch (error) {
      // Not on disk, and nothing will ever get there again.
      if (isRevoked) this.#finish(error as Error);
      throw error;
    }
    lease.stage = 'lost';
    this.#handles.get(lease)?.lost(leaseNotFound());
    this.#handles.delete(lease);
  }

  async renew(lease: GrantedLease | undefined, options: CallOptions): Promise<number> {
    options.signal?.throwIfAborted();
    this.#core.checkWritable();
    if (lease === undefined || !lease.isHeld) return this.#settle(0);
    if (this.#lessor.isExpired(lease)) {
      await this.revokeHeld(lease, NO_OPTIONS);
      return 0;
    }
    const { ttlSeconds } = lease;
    if (lease.savedSeconds === 0) {
      this.#lessor.renew(lease);
      return this.#settle(ttlSeconds);
    }
    return this.#write(
      options,
      (tx) => {
        saveLease(tx, lease);
        return ttlSeconds;
      },
      () => this.#lessor.renew(lease),
    );
  }

  async status(lease: GrantedLease | undefined, options: LeaseStatusOptions): Promise<LeaseStatus> {
    this.#checkReadable(options);
    if (lease === undefined || !lease.isHeld) return this.#settle(UNKNOWN);
    const keys = options.keys === true ? this.#lessor.keysOf(lease).map(keyBytesOf) : [];
    const ttlSeconds = this.#lessor.remainingSeconds(lease);
    return this.#settle({ ttlSeconds, grantedTtlSeconds: lease.ttlSeconds, keys });
  }

  follow(lease: GrantedLease, handle: LocalLease): void {
    const loss = lease.stage === 'lost' ? leaseNotFound() : this.#end;
    if (loss === undefined) this.#handles.set(lease, handle);
    else handle.lost(loss);
  }

  #write<T>(options: CallOptions, perform: (tx: TxnWrite) => T, applied: () => void): Promise<T> {
    let isApplied = false;
    const written = this.#core.write(options, perform, () => {
      applied();
      isApplied = true;
    });
    if (isApplied) this.#lastWrite = written;
    return written;
  }

  /** Nothing is shown that a crash could take back. */
  async #settle<T>(value: T): Promise<T> {
    await this.#lastWrite;
    return this.#core.settle(value, false);
  }

  #checkReadable({ signal }: CallOptions): void {
    signal?.throwIfAborted();
    this.#core.checkUsable();
  }

  // ── the end ──────────────────────────────────────────────────────────────

  close(): void {
    this.#finish(closed());
  }

  #finish(reason: Error): void {
    this.#keeper.stop();
    this.#end ??= reason;
    for (const handle of this.#handles.values()) handle.lost(this.#end);
    this.#handles.clear();
  }
}

interface CheckedGrant {
  readonly id: LeaseId;
  readonly ttlSeconds: number;
  readonly keepAlive: boolean;
}

function checkedGrant({ id = 0n, ttlSeconds, keepAlive = false }: GrantOptions): CheckedGrant {
  if (!Number.isInteger(ttlSeconds)) {
    throw invalidArgument(`ttlSeconds is a whole number of seconds, not ${String(ttlSeconds)}`);
  }
  if (typeof keepAlive !== 'boolean') {
    throw invalidArgument(`keepAlive is true or false, not ${String(keepAlive)}`);
  }
  return { id: checkedId(id), ttlSeconds, keepAlive };
}

function checkedId(id: LeaseId): LeaseId {
  if (typeof id !== 'bigint' || BigInt.asIntN(64, id) !== id) {
    throw invalidArgument(`the id of a lease is a bigint of 64 bits, not ${String(id)}`);
  }
  return id;
}

function kept(lease: LocalLease): Lease {
  lease.keepAlive();
  return lease;
}
