/**
 * What `grant` returns. That a lease is lost is known when a renewal or a look says so, or when its time is
 * over by the clock here and no server could be asked: whoever relies on it must stop by then.
 */
import type { Clock } from '../base/clock.ts';
import { leaseNotFound, VarveError } from '../base/errors.ts';
import type { CallOptions, Lease, LeaseId, LeaseStatus, LeaseStatusOptions } from '../types.ts';

/** Whoever carries out what a lease is asked. */
export interface LeaseOwner {
  readonly clock: Clock;
  renew(id: LeaseId, options: CallOptions, timeoutMs?: number): Promise<number>;
  timeToLive(id: LeaseId, options: LeaseStatusOptions): Promise<LeaseStatus>;
  revoke(id: LeaseId, options: CallOptions): Promise<void>;
  /** Tells `handle` when the lease is revoked or the store closed; at once if it is. */
  follow(handle: RemoteLease): void;
  unfollow(handle: RemoteLease): void;
}

/** Renewed so often before it would end: two renewals may fail. */
const RENEWALS_PER_TTL = 3;
const RETRY_MS = 200;
const TIMER_MS_MAX = 2 ** 31 - 1;
const NO_OPTIONS = {};

export class RemoteLease implements Lease {
  readonly id: LeaseId;
  readonly ttlSeconds: number;
  readonly #owner: LeaseOwner;
  #controller: AbortController | undefined;
  #timer: Disposable | undefined;
  #isKept = false;
  /** Renewed, or looked after for the sake of its signal. */
  #isMinded = false;
  #loss: Error | undefined;
  /** It lasts at least until then. */
  #endsAtMs: number;

  /** `askedAtMs`: when it was asked for, so not later than it was granted. */
  constructor(owner: LeaseOwner, id: LeaseId, ttlSeconds: number, askedAtMs: number) {
    this.#owner = owner;
    this.id = id;
    this.ttlSeconds = ttlSeconds;
    this.#endsAtMs = askedAtMs + ttlSeconds * 1000;
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#loss === undefined) this.#mind();
      else this.#controller.abort(this.#loss);
    }
    return this.#controller.signal;
  }

  async keepAliveOnce(options: CallOptions = NO_OPTIONS): Promise<number> {
    const askedAtMs = this.#owner.clock.now();
    const ttlSeconds = await this.#owner.renew(this.id, options);
    this.#learn(ttlSeconds, askedAtMs);
    return ttlSeconds;
  }

  async timeToLive(options: LeaseStatusOptions = NO_OPTIONS): Promise<LeaseStatus> {
    const askedAtMs = this.#owner.clock.now();
    const status = await this.#owner.timeToLive(this.id, options);
    if (status.grantedTtlSeconds === 0) this.lost(leaseNotFound());
    else this.#learn(Math.max(status.ttlSeconds, 0.001), askedAtMs);
    return status;
  }

  revoke(options: CallOptions = NO_OPTIONS): Promise<void> {
    return this.#owner.revoke(this.id, options);
  }

  /** Renews it from now on, every third of its TTL. */
  keepAlive(): void {
    this.#isKept = true;
    this.#mind();
  }

  lost(reason: Error): void {
    if (this.#loss !== undefined) return;
    this.#loss = reason;
    this.#stop();
    this.#controller?.abort(reason);
  }

  /** That it is gone already, or the store closed, is no error here: nothing is left to be done. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isKept = false;
    this.#stop();
    try {
      await this.revoke();
    } catch (error) {
      const isGone =
        error instanceof VarveError && ['ERR_LEASE_NOT_FOUND', 'ERR_CLOSED'].includes(error.code);
      if (!isGone) throw error;
    }
  }

  #mind(): void {
    if (this.#isMinded || this.#loss !== undefined) return;
    this.#isMinded = true;
    this.#owner.follow(this);
    if (this.#loss === undefined) this.#lookLater(this.#periodMs());
  }

  #periodMs(): number {
    return (this.ttlSeconds * 1000) / RENEWALS_PER_TTL;
  }

  #lookLater(delayMs: number): void {
    const run = (): void => void this.#look();
    this.#timer = this.#owner.clock.setTimer(Math.min(TIMER_MS_MAX, delayMs), run);
  }

  /** Renews it, or asks whether it is there. */
  async #look(): Promise<void> {
    const leftMs = this.#endsAtMs - this.#owner.clock.now();
    if (leftMs <= 0 && this.#isKept) return this.lost(outOfTouch());
    let nextMs = this.#periodMs();
    try {
      // Time is left to ask another server.
      if (this.#isKept) await this.#renew(Math.min(leftMs, nextMs));
      else await this.timeToLive();
    } catch (error) {
      // Refused or unanswered: tried again, for as long as it is sure to be there.
      const isOver = this.#owner.clock.now() >= this.#endsAtMs;
      if (isOver) return this.lost(error as Error);
      nextMs = Math.min(nextMs, RETRY_MS);
    }
    if (this.#isMinded) this.#lookLater(nextMs);
  }

  async #renew(timeoutMs: number): Promise<void> {
    const askedAtMs = this.#owner.clock.now();
    this.#learn(await this.#owner.renew(this.id, NO_OPTIONS, timeoutMs), askedAtMs);
  }

  #learn(ttlSeconds: number, askedAtMs: number): void {
    if (ttlSeconds === 0) return this.lost(leaseNotFound());
    this.#endsAtMs = Math.max(this.#endsAtMs, askedAtMs + ttlSeconds * 1000);
  }

  #stop(): void {
    this.#isMinded = false;
    this.#timer?.[Symbol.dispose]();
    this.#owner.unfollow(this);
  }
}

const outOfTouch = (): VarveError =>
  new VarveError('ERR_UNAVAILABLE', 'the lease could not be renewed in time');
