/**
 * Which segments are worth a rewrite. A copy costs what stays, and gives back what does not; so while there is little
 * to gain overall, only segments that are nearly empty are taken.
 */
import { limits } from '../base/limits.ts';
import { SEGMENT_HEADER_BYTES } from '../log/format.ts';
import type { Log } from '../log/log.ts';
import type { Segment } from '../log/segment.ts';
import type { BackendState } from './backend-state.ts';

/** Below this share of a segment, what `defrag` could give back is not worth a copy. */
const DEFRAG_SHARE_MIN = 0.03;

/**
 * Length of the sealed log, of the live bytes, as it is when cleaning begins to get more of the thread and when it gets
 * all it can.
 */
const PACE_FROM = 1.3;
const PACE_TO = 1.65;
/** The same for what is worth cleaning: while there is little to gain, only what is nearly empty, which copies less. */
const CHOICE_FROM = 1.4;
const CHOICE_TO = 1.6;
const CLEAN_SHARE_MAX = 0.7;

export class Candidates {
  readonly #log: Log;
  readonly #state: BackendState;
  readonly #segmentSizeBytes: number;

  constructor(log: Log, state: BackendState, segmentSizeBytes: number) {
    this.#log = log;
    this.#state = state;
    this.#segmentSizeBytes = segmentSizeBytes;
  }

  /** Neighbours of which nothing is needed. */
  vacant(): readonly Segment[] | undefined {
    const { sealed } = this.#log;
    const isVacant = ({ slot }: Segment): boolean => this.#state.isVacant(slot);
    const first = sealed.findIndex(isVacant);
    if (first < 0) return undefined;
    const end = sealed.findIndex((segment, at) => at > first && !isVacant(segment));
    return sealed.slice(first, end < 0 ? undefined : end);
  }

  /** The segment of which the largest share would come back, if that is large, and its neighbours. */
  worthCleaning(): readonly Segment[] | undefined {
    if (!this.#mayClean()) return undefined;
    const sealed = this.#log.sealed;
    const worth = this.#cleanShare();
    let best = -1;
    let bestShare = worth;
    for (const [i, segment] of sealed.entries()) {
      const share = this.gain(segment) / segment.tail;
      if (share < bestShare) continue;
      best = i;
      bestShare = share;
    }
    if (best < 0) return undefined;
    return this.#run(sealed, best, (segment, room) => {
      const isSmall = this.#state.space.liveIn(segment.slot) <= room / 8;
      return isSmall || this.gain(segment) >= segment.tail * worth;
    });
  }

  /**
   * An active segment that nothing is written to would keep its dead for ever. What lies between small
   * batches comes back with them, but is no reason by itself.
   */
  isActiveWorthCleaning(): boolean {
    const { active } = this.#log.set;
    if (!this.#mayClean() || active.tail < limits.segmentSizeBytesMin) return false;
    const worth = active.tail * limits.cleanShare;
    return this.gain(active) >= worth && this.#state.space.deadIn(active.slot) >= worth / 2;
  }

  /** Disk would pass twice the live bytes soon: then writers have to leave it more of the thread. */
  pressure(): number {
    return (this.#sealedShare() - PACE_FROM) / (PACE_TO - PACE_FROM);
  }

  /** Of a segment, what has to come back to make it worth cleaning. */
  #cleanShare(): number {
    const least = limits.cleanShare;
    const calm = (CHOICE_TO - this.#sealedShare()) / (CHOICE_TO - CHOICE_FROM);
    return least + Math.min(1, Math.max(0, calm)) * Math.max(0, CLEAN_SHARE_MAX - least);
  }

  /** Length of the sealed log, of the live bytes. */
  #sealedShare(): number {
    return (
      (this.#log.lengthBytes - this.#log.set.active.tail) / Math.max(1, this.#state.space.liveBytes)
    );
  }

  /** Not while the log has to be told what is dead, or nothing more may be written. */
  #mayClean(): boolean {
    return this.#log.commit.failure === undefined && !this.#state.hasUnsealed;
  }

  nextForDefrag(fits: (segment: Segment) => boolean): readonly Segment[] | undefined {
    const { sealed } = this.#log;
    for (const [i, segment] of sealed.entries()) {
      if (!fits(segment)) continue;
      const live = this.#state.space.liveIn(segment.slot);
      const run = this.#run(sealed, i, fits);
      const isSmall = run.length > 1 && live < this.#segmentSizeBytes / 4;
      if (isSmall || this.gain(segment) > segment.tail * DEFRAG_SHARE_MIN) return run;
    }
    return undefined;
  }

  /** Neighbours from this one on, in both directions, as long as they fit one segment together. */
  #run(
    sealed: readonly Segment[],
    start: number,
    joins: (segment: Segment, room: number) => boolean,
  ): readonly Segment[] {
    const liveOf = (at: number): number => this.#state.space.liveIn(sealed[at]!.slot);
    let room = this.#segmentSizeBytes - liveOf(start);
    let first = start;
    let last = start;
    const takes = (at: number): boolean => {
      const segment = sealed[at];
      if (segment === undefined || liveOf(at) > room || !joins(segment, room)) return false;
      room -= liveOf(at);
      return true;
    };
    while (takes(last + 1)) last++;
    while (takes(first - 1)) first--;
    return sealed.slice(first, last + 1);
  }

  /** Bytes that rewriting the segment would give back: what is dead, and padding between batches. */
  gain({ slot, tail }: Segment): number {
    const { space } = this.#state;
    return tail - SEGMENT_HEADER_BYTES - space.liveIn(slot) - space.overheadIn(slot);
  }
}
