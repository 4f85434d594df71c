/**
 * What leases need done without anybody asking: those that ended are revoked (R125), and what is left of
 * the others is written down now and then. One timer, set for when the next thing is due, and none without
 * leases. After each of the two it rests: what becomes due in between waits and is done together.
 */
import type { Clock } from './base/clock.ts';
import { limits } from './base/limits.ts';
import type { GrantedLease } from './lease/granted-lease.ts';
import { saveCheckpoint } from './lease/lease-txn.ts';
import type { Lessor } from './lease/lessor.ts';
import type { StoreCore } from './store-core.ts';

/** Timers cannot be set for later than this: Node would run them at once. */
export const TIMER_MS_MAX: number = 2 ** 31 - 1;

interface Chore {
  /** Nothing is due before. */
  readonly nextMs: () => number;
  /** Returns how much was done of what may be done at one look. */
  readonly run: () => number;
  restsUntilMs: number;
}

/** Whom it tells: the owner of the leases. */
export interface LeaseKeeperEvents {
  readonly revoke: (lease: GrantedLease) => Promise<void>;
  /** The store cannot be written any more. */
  readonly onFailure: (failure: Error) => void;
}

export class LeaseKeeper {
  readonly #core: StoreCore;
  readonly #lessor: Lessor;
  readonly #clock: Clock;
  readonly #events: LeaseKeeperEvents;
  readonly #chores: readonly Chore[];
  #timer: Disposable | undefined;
  /** When the timer is set for; Infinity if it is not. */
  #wakesAtMs = Number.POSITIVE_INFINITY;
  #isStopped = false;

  constructor(core: StoreCore, lessor: Lessor, clock: Clock, events: LeaseKeeperEvents) {
    this.#core = core;
    this.#lessor = lessor;
    this.#clock = clock;
    this.#events = events;
    const restsUntilMs = Number.NEGATIVE_INFINITY;
    this.#chores = [
      { nextMs: () => lessor.nextExpiryMs, run: () => this.#revokeExpired(), restsUntilMs },
      { nextMs: () => lessor.nextCheckpointMs, run: () => this.#saveCheckpoints(), restsUntilMs },
    ];
  }

  /** To be called when there are leases that were not there before, and when one is gone. */
  adjust(): void {
    if (this.#isStopped) return;
    let atMs = Number.POSITIVE_INFINITY;
    for (const chore of this.#chores) atMs = Math.min(atMs, dueAtMs(chore));
    const isNeeded = atMs < Number.POSITIVE_INFINITY;
    if (isNeeded && atMs >= this.#wakesAtMs) return;
    this.#timer?.[Symbol.dispose]();
    this.#wakesAtMs = atMs;
    if (!isNeeded) return;
    const delayMs = Math.min(TIMER_MS_MAX, Math.max(0, Math.ceil(atMs - this.#clock.now())));
    this.#timer = this.#clock.setTimer(delayMs, () => this.#look());
  }

  stop(): void {
    this.#isStopped = true;
    this.#timer?.[Symbol.dispose]();
  }

  #look(): void {
    this.#wakesAtMs = Number.POSITIVE_INFINITY;
    try {
      this.#core.checkWritable();
    } catch (error) {
      this.stop();
      this.#events.onFailure(error as Error);
      return;
    }
    const nowMs = this.#clock.now();
    for (const chore of this.#chores) {
      if (dueAtMs(chore) > nowMs) continue;
      const share = chore.run();
      // It may have passed over many leases that were renewed: with more waiting only what was done counts.
      const isBehind = chore.nextMs() <= nowMs;
      if (share > 0) chore.restsUntilMs = nowMs + limits.leaseCheckMs * (isBehind ? share : 1);
    }
    this.adjust();
  }

  #revokeExpired(): number {
    const { leaseExpiriesPerCheck } = limits;
    const expired = this.#lessor.takeExpired(leaseExpiriesPerCheck);
    for (const lease of expired) {
      // One that cannot be revoked comes up again.
      this.#events.revoke(lease).catch(() => {});
    }
    return expired.length / leaseExpiriesPerCheck;
  }

  #saveCheckpoints(): number {
    const { leaseCheckpointsPerCheck } = limits;
    const due = this.#lessor.takeCheckpoints(leaseCheckpointsPerCheck);
    if (due.length === 0) return 0;
    const saved = this.#core.write(
      {},
      (tx) => {
        for (const checkpoint of due) saveCheckpoint(tx, checkpoint);
      },
      () => {
        for (const checkpoint of due) this.#lessor.checkpointed(checkpoint);
      },
    );
    saved.catch(() => {});
    return due.length / leaseCheckpointsPerCheck;
  }
}

const dueAtMs = ({ nextMs, restsUntilMs }: Chore): number => Math.max(nextMs(), restsUntilMs);
