/**
 * Compaction without being asked: to the revision of some time ago, or to so many revisions ago. Looks at
 * regular intervals, by the injected clock, and compacts when it is worth a job.
 */
import type { Clock } from '../base/clock.ts';
import { limits } from '../base/limits.ts';
import type { AutoCompaction } from '../types.ts';

export interface AutoCompactionTarget {
  readonly revision: () => number;
  readonly compactRevision: () => number;
  readonly compact: (revision: number) => void;
  /** Compactions that are not through. */
  readonly pending: () => number;
}

export class AutoCompactor {
  readonly #policy: AutoCompaction;
  readonly #clock: Clock;
  readonly #target: AutoCompactionTarget;
  /** Periodic: the current revision at past looks, oldest first. */
  readonly #seen: { readonly atMs: number; readonly revision: number }[] = [];
  #oldEnough = 0;
  #timer: Disposable | undefined;

  constructor(policy: AutoCompaction, clock: Clock, target: AutoCompactionTarget) {
    this.#policy = policy;
    this.#clock = clock;
    this.#target = target;
    this.#look();
  }

  stop(): void {
    this.#timer?.[Symbol.dispose]();
  }

  #look(): void {
    const target = this.#policy.mode === 'revision' ? this.#byRevision() : this.#byTime();
    const { compactRevision, compact, pending } = this.#target;
    // Revision 1 is the empty store.
    const isDue = target > Math.max(1, compactRevision());
    // One at a time: while the last one is under way, the next would only queue up behind it.
    if (isDue && pending() === 0) compact(target);
    this.#timer = this.#clock.setTimer(this.#intervalMs(), () => this.#look());
  }

  #intervalMs(): number {
    const { autoCompactionCheckMs } = limits;
    if (this.#policy.mode === 'revision') return autoCompactionCheckMs;
    return Math.max(autoCompactionCheckMs, this.#policy.retentionMs / 10);
  }

  /** A job for every handful of revisions would cost more than it frees. */
  #byRevision(): number {
    const { keep } = this.#policy as { keep: number };
    const target = this.#target.revision() - keep;
    const gain = target - Math.max(0, this.#target.compactRevision());
    return gain >= Math.max(1, keep / 10) ? target : 0;
  }

  /** The newest revision that is at least as old as the retention. */
  #byTime(): number {
    const { retentionMs } = this.#policy as { retentionMs: number };
    const atMs = this.#clock.now();
    this.#seen.push({ atMs, revision: this.#target.revision() });
    while (this.#seen.length > 0 && this.#seen[0]!.atMs <= atMs - retentionMs) {
      this.#oldEnough = this.#seen.shift()!.revision;
    }
    return this.#oldEnough;
  }
}
