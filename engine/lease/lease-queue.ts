/**
 * Leases by the time at which something is due for them. A renewal does not touch the queue: it only puts
 * the lease's time off, and its entry is corrected when it comes up. So each lease that is held has exactly
 * one entry, due no later than the lease; those of revoked leases go when they come up, or when they are
 * the larger part.
 *
 *     granted at 0 for 10 s     entry 10, lease 10
 *     renewed at 3, at 6        entry 10, lease 16
 *     looked at at 10           entry 16: nothing is due
 */
import { Heap } from '../base/heap.ts';
import type { GrantedLease } from './granted-lease.ts';

/** Entries looked at in one go; a look of this length takes some milliseconds. */
const LOOKS_MAX = 16_384;
/** Dead entries that are not worth a clean-up. */
const DEAD_MIN = 1024;

export class LeaseQueue {
  readonly #heap = new Heap<GrantedLease>();
  readonly #dueAtMs: (lease: GrantedLease) => number;

  constructor(dueAtMs: (lease: GrantedLease) => number) {
    this.#dueAtMs = dueAtMs;
  }

  /** Nothing is due before; Infinity if there is nothing. */
  get nextMs(): number {
    return this.#heap.topPriority;
  }

  add(lease: GrantedLease): void {
    this.#heap.push(this.#dueAtMs(lease), lease);
  }

  /**
   * At most `limit` of what is due; there may be more if `nextMs` lies in the past afterwards. Each is due
   * again at `againMs`, unless it is revoked or put off by then.
   */
  take(nowMs: number, limit: number, againMs: number): GrantedLease[] {
    const heap = this.#heap;
    const taken: GrantedLease[] = [];
    for (let looks = 0; looks < LOOKS_MAX; looks++) {
      if (heap.topPriority > nowMs || taken.length === limit) break;
      const lease = heap.top;
      if (!lease.isHeld) {
        heap.pop();
        continue;
      }
      const dueAtMs = this.#dueAtMs(lease);
      if (dueAtMs <= nowMs) taken.push(lease);
      heap.replaceTop(dueAtMs <= nowMs ? againMs : dueAtMs);
    }
    return taken;
  }

  /** `held`: how many leases are. */
  sweep(held: number): void {
    if (this.#heap.size > 2 * held + DEAD_MIN) this.#heap.filter(({ isHeld }) => isHeld);
  }
}
