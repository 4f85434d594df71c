/**
 * What `grant` returns. There may be many, so what is rarely asked for (the signal, keeping alive) is made
 * when it is; only then its owner knows of it.
 */
import type { Clock } from './base/clock.ts';
import { VarveError } from './base/errors.ts';
import type { GrantedLease } from './lease/granted-lease.ts';
import { TIMER_MS_MAX } from './lease-keeper.ts';
import type { CallOptions, Lease, LeaseId, LeaseStatus, LeaseStatusOptions } from './types.ts';

/** Whoever carries out what a lease is asked. */
export interface LeaseOwner {
  readonly clock: Clock;
  renew(lease: GrantedLease, options: CallOptions): Promise<number>;
  status(lease: GrantedLease, options: LeaseStatusOptions): Promise<LeaseStatus>;
  revokeHeld(lease: GrantedLease, options: CallOptions): Promise<void>;
  /** Tells `handle` when the lease is lost; at once if it is. */
  follow(lease: GrantedLease, handle: LocalLease): void;
}

/** Renewed so often before it would end: two renewals may fail. */
const RENEWALS_PER_TTL = 3;
const NO_OPTIONS = {};

export class LocalLease implements Lease {
  readonly #owner: LeaseOwner;
  readonly #lease: GrantedLease;
  #controller: AbortController | undefined;
  #timer: Disposable | undefined;
  #isKept = false;

  constructor(owner: LeaseOwner, lease: GrantedLease) {
    this.#owner = owner;
    this.#lease = lease;
  }

  get id(): LeaseId {
    return this.#lease.id;
  }
  get ttlSeconds(): number {
    return this.#lease.ttlSeconds;
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      this.#owner.follow(this.#lease, this);
    }
    return this.#controller.signal;
  }

  keepAliveOnce(options: CallOptions = NO_OPTIONS): Promise<number> {
    return this.#owner.renew(this.#lease, options);
  }

  timeToLive(options: LeaseStatusOptions = NO_OPTIONS): Promise<LeaseStatus> {
    return this.#owner.status(this.#lease, options);
  }

  revoke(options: CallOptions = NO_OPTIONS): Promise<void> {
    return this.#owner.revokeHeld(this.#lease, options);
  }

  /** Renews it from now on, every third of its TTL. */
  keepAlive(): void {
    this.#isKept = true;
    this.#renewLater();
    this.#owner.follow(this.#lease, this);
  }

  #renewLater(): void {
    const delayMs = (this.ttlSeconds * 1000) / RENEWALS_PER_TTL;
    this.#timer = this.#owner.clock.setTimer(
      Math.min(TIMER_MS_MAX, delayMs),
      () => void this.#renewAgain(),
    );
  }

  async #renewAgain(): Promise<void> {
    try {
      await this.keepAliveOnce();
    } catch {
      // What is refused now may succeed the next time; a loss is told to `lost`.
    }
    if (this.#isKept) this.#renewLater();
  }

  /** Its owner has lost the lease. */
  lost(reason: Error): void {
    this.#stop();
    this.#controller?.abort(reason);
  }

  #stop(): void {
    this.#isKept = false;
    this.#timer?.[Symbol.dispose]();
  }

  /** That it is gone already, or the store closed, is no error here: nothing is left to be done. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop();
    try {
      await this.revoke();
    } catch (error) {
      const isGone =
        error instanceof VarveError && ['ERR_LEASE_NOT_FOUND', 'ERR_CLOSED'].includes(error.code);
      if (!isGone) throw error;
    }
  }
}
