/**
 * All leases of a store: who has them, when they end, and which keys hang on them (R120-R128). It is told
 * the time and does nothing by itself; writing, timers and promises are its callers' business.
 *
 *     id ──▶ lease ──▶ its keys          revoking, timeToLive
 *     key ──▶ its lease                  a put or a delete detaches (R126)
 *     two queues, by expiry and by checkpoint
 *
 * **Checkpoints.** Deadlines are not written down, so after a restart a lease would have its full time
 * again, and a process that crashes in a loop would keep its keys for ever. Therefore what is left of a
 * lease is written down now and then, and a restart goes on with that:
 *
 *     after a grant or a renewal     in half of what is left, 5 minutes at most
 *     after an open                  in one to two seconds, then whenever the time since the open has doubled,
 *                                    with the same bounds
 *
 * So a lease that is renewed in time (every third of its TTL, say) never costs a record, and of the time
 * that a process lives about a quarter counts at least, if it lives for two seconds. Seconds are rounded
 * up: no sequence of restarts ends a lease before its time. Renewing a lease that has a checkpoint
 * clears it, which takes a record.
 */
import { assert } from '../base/assert.ts';
import type { KeyString } from '../base/bytes.ts';
import { leaseExists, leaseTtlTooLarge } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import type { TxnWrite } from '../mvcc/kv.ts';
import type { LeaseId } from '../types.ts';
import { GrantedLease } from './granted-lease.ts';
import { LeaseQueue } from './lease-queue.ts';
import type { LeaseRecord } from './lease-record.ts';
import { spreadOut } from './spread.ts';

export interface LessorOptions {
  /** Monotonic milliseconds. */
  readonly now: () => number;
  /** In [0, 1). */
  readonly random: () => number;
  /** False: a restart gives every lease its full time, as etcd does by default. */
  readonly checkpoints: boolean;
}

/** What is to be written down of a lease. */
export interface LeaseCheckpoint {
  readonly lease: GrantedLease;
  readonly remainingSeconds: number;
}

/** R120. */
const TTL_SECONDS_MAX = 9_000_000_000;
/** A record says whole seconds: there is nothing new to say sooner. */
const CHECKPOINT_DELAY_MS_MIN = 1000;

export class Lessor {
  readonly #now: () => number;
  readonly #random: () => number;
  readonly #checkpoints: boolean;
  readonly #openedAtMs: number;
  /** Random at first, then one after the other, as in etcd: neighbours in the bucket, so found sooner. */
  #lastId: LeaseId;
  readonly #leases = new Map<LeaseId, GrantedLease>();
  readonly #leaseOf = new Map<KeyString, GrantedLease>();
  readonly #expiries = new LeaseQueue(({ expiresAtMs }) => expiresAtMs);
  readonly #dueCheckpoints = new LeaseQueue(({ checkpointAtMs }) => checkpointAtMs);

  constructor({ now, random, checkpoints }: LessorOptions) {
    this.#now = now;
    this.#random = random;
    this.#checkpoints = checkpoints;
    this.#openedAtMs = now();
    this.#lastId = randomInt63(random);
  }

  get size(): number {
    return this.#leases.size;
  }

  has(id: LeaseId): boolean {
    return this.#leases.has(id);
  }

  get(id: LeaseId): GrantedLease | undefined {
    return this.#leases.get(id);
  }

  /**
   * A lease that can be added, under a free positive id if `id` is 0n (R120).
   * ERR_LEASE_TTL_TOO_LARGE, ERR_LEASE_EXISTS.
   */
  newLease(id: LeaseId, ttlSeconds: number): GrantedLease {
    if (ttlSeconds > TTL_SECONDS_MAX) throw leaseTtlTooLarge();
    const granted = Math.max(ttlSeconds, limits.leaseMinTtlSeconds);
    if (id === 0n) return new GrantedLease(this.#freeId(), granted);
    if (this.#leases.has(id)) throw leaseExists();
    return new GrantedLease(id, granted);
  }

  #freeId(): LeaseId {
    do this.#lastId = BigInt.asUintN(63, this.#lastId + 1n);
    while (this.#lastId === 0n || this.#leases.has(this.#lastId));
    return this.#lastId;
  }

  /** Its time begins. */
  add(lease: GrantedLease): void {
    const before = this.#leases.size;
    this.#leases.set(lease.id, lease);
    assert(this.#leases.size > before, () => `lease ${lease.id} was there already`);
    this.#restart(lease);
    this.#expiries.add(lease);
    if (this.#checkpoints) this.#dueCheckpoints.add(lease);
  }

  /** Its keys are or will be deleted by the same transaction. */
  remove(lease: GrantedLease): void {
    assert(this.#leases.get(lease.id) === lease, () => `lease ${lease.id} is not there`);
    for (const key of lease.keys) this.#leaseOf.delete(key);
    this.#leases.delete(lease.id);
    lease.stage = 'revoked';
    this.#expiries.sweep(this.size);
    this.#dueCheckpoints.sweep(this.size);
  }

  // ── time ─────────────────────────────────────────────────────────────────

  /** It ended, and is to be revoked: it cannot be renewed any more (R128). */
  isExpired({ expiresAtMs }: GrantedLease): boolean {
    return expiresAtMs <= this.#now();
  }

  /** R123. It has not expired, and its checkpoint, if it had one, is cleared. */
  renew(lease: GrantedLease): void {
    assert(lease.isHeld, () => `lease ${lease.id} is revoked`);
    this.#restart(lease);
  }

  #restart(lease: GrantedLease): void {
    const nowMs = this.#now();
    lease.savedSeconds = 0;
    // After a restart expiries may be spread over more than the TTL: renewing never shortens.
    lease.expiresAtMs = Math.max(lease.expiresAtMs, nowMs + lease.ttlSeconds * 1000);
    lease.checkpointAtMs = nowMs + checkpointDelayMs(lease.ttlSeconds * 1000);
  }

  /** R124: whole seconds, rounded down. */
  remainingSeconds({ expiresAtMs, ttlSeconds }: GrantedLease): number {
    const remaining = Math.floor((expiresAtMs - this.#now()) / 1000);
    return Math.min(ttlSeconds, Math.max(0, remaining));
  }

  /** By the time that is left (R124). */
  list(): GrantedLease[] {
    return [...this.#leases.values()].sort((a, b) => a.expiresAtMs - b.expiresAtMs);
  }

  // ── what is due ──────────────────────────────────────────────────────────

  /** No lease expires before; Infinity if there is none. */
  get nextExpiryMs(): number {
    return this.size === 0 ? Number.POSITIVE_INFINITY : this.#expiries.nextMs;
  }

  /** No checkpoint is due before; Infinity if there is no lease. */
  get nextCheckpointMs(): number {
    return this.size === 0 ? Number.POSITIVE_INFINITY : this.#dueCheckpoints.nextMs;
  }

  /**
   * Leases to be revoked, at most `limit`; one that is not revoked is due again after a while (R125). What
   * ended first comes first, and what ended together in order of id: two stores that are told the same do
   * the same.
   */
  takeExpired(limit: number): GrantedLease[] {
    const nowMs = this.#now();
    return this.#expiries.take(nowMs, limit, nowMs + limits.leaseRetryMs).sort(byEnd);
  }

  /** What is to be written down now, at most `limit`; what is not is due again after a while. */
  takeCheckpoints(limit: number): LeaseCheckpoint[] {
    const nowMs = this.#now();
    const due: LeaseCheckpoint[] = [];
    const againMs = nowMs + CHECKPOINT_DELAY_MS_MIN;
    for (const lease of this.#dueCheckpoints.take(nowMs, limit, againMs)) {
      const remainingSeconds = Math.ceil((lease.expiresAtMs - nowMs) / 1000);
      const known = lease.savedSeconds === 0 ? lease.ttlSeconds : lease.savedSeconds;
      if (remainingSeconds > 0 && remainingSeconds < known) due.push({ lease, remainingSeconds });
      else this.#nextCheckpoint(lease, nowMs);
    }
    return due;
  }

  /** It is written down. */
  checkpointed({ lease, remainingSeconds }: LeaseCheckpoint): void {
    lease.savedSeconds = remainingSeconds;
    this.#nextCheckpoint(lease, this.#now());
  }

  #nextCheckpoint(lease: GrantedLease, nowMs: number): void {
    const remainingMs = lease.expiresAtMs - nowMs;
    const sinceOpenMs = nowMs - this.#openedAtMs;
    const delayMs = checkpointDelayMs(remainingMs, sinceOpenMs);
    // Once expired it is past renewing, and nothing of it is worth a record.
    lease.checkpointAtMs = remainingMs > 0 ? nowMs + delayMs : Number.POSITIVE_INFINITY;
  }

  // ── keys ─────────────────────────────────────────────────────────────────

  /** In key order (R122). */
  keysOf(lease: GrantedLease): KeyString[] {
    return [...lease.keys].sort();
  }

  /** Attaches and detaches what a transaction that has ended put and deleted (R43, R126). */
  follow(tx: Pick<TxnWrite, 'changeCount' | 'keyOf' | 'leaseOf'>): void {
    if (this.#leases.size === 0) return;
    for (let sub = 0; sub < tx.changeCount; sub++) {
      const lease = tx.leaseOf(sub);
      if (lease !== 0n || this.#leaseOf.size > 0) this.attach(tx.keyOf(sub), lease);
    }
  }

  /** The key hangs on this lease from now on, and on no other; on none if there is no such lease. */
  attach(key: KeyString, id: LeaseId): void {
    const lease = id === 0n ? undefined : this.#leases.get(id);
    const before = this.#leaseOf.get(key);
    if (lease === before) return;
    before?.detach(key);
    if (lease === undefined) {
      this.#leaseOf.delete(key);
      return;
    }
    lease.attach(key);
    this.#leaseOf.set(key, lease);
  }

  // ── restart ──────────────────────────────────────────────────────────────

  /** Every lease that was found at open; nothing was granted before. */
  restore(records: readonly LeaseRecord[]): void {
    assert(this.size === 0, () => 'leases are restored before any is granted');
    const nowMs = this.#now();
    const leases = records.map(({ id, ttlSeconds, remainingSeconds }) => {
      const lease = new GrantedLease(id, ttlSeconds, remainingSeconds);
      const hasRest = this.#checkpoints && remainingSeconds > 0;
      lease.expiresAtMs = nowMs + (hasRest ? remainingSeconds : ttlSeconds) * 1000;
      lease.checkpointAtMs = nowMs + limits.leaseRecoveredCheckpointMs * (1 + this.#random());
      return lease;
    });
    spreadOut(leases);
    for (const lease of leases) {
      assert(!this.#leases.has(lease.id), () => `lease ${lease.id} is there twice`);
      this.#leases.set(lease.id, lease);
      this.#expiries.add(lease);
      if (this.#checkpoints) this.#dueCheckpoints.add(lease);
    }
  }
}

const byEnd = (a: GrantedLease, b: GrantedLease): number =>
  a.expiresAtMs - b.expiresAtMs || (a.id < b.id ? -1 : 1);

function checkpointDelayMs(remainingMs: number, mostMs = Number.POSITIVE_INFINITY): number {
  const { leaseCheckpointIntervalMs } = limits;
  return Math.max(
    CHECKPOINT_DELAY_MS_MIN,
    Math.min(leaseCheckpointIntervalMs, remainingMs / 2, mostMs),
  );
}

const randomBits = new BigUint64Array(1);
const randomWords = new Uint32Array(randomBits.buffer);

function randomInt63(random: () => number): bigint {
  randomWords[0] = random() * 2 ** 32;
  randomWords[1] = random() * 2 ** 32;
  return randomBits[0]! >> 1n;
}
