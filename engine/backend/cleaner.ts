/**
 * Gives the space of dead records back while the store is in use: rewrites segments without them, one short
 * run of neighbours at a time, in slices with rests between. Which ones: those of which a large share would
 * come back (`clean`), or all that have anything to give (`defrag`). Small neighbours are merged on the way.
 */
import type { Clock } from '../base/clock.ts';
import { closed } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import type { Logger } from '../base/logger.ts';
import { Pacer } from '../base/pacer.ts';
import { traced } from '../base/tracing.ts';
import { SEGMENT_HEADER_BYTES } from '../log/format.ts';
import type { Log } from '../log/log.ts';
import type { Segment } from '../log/segment.ts';
import { SegmentRewrite } from '../log/segment-rewrite.ts';
import type { BackendState } from './backend-state.ts';
import { Survivors } from './survivors.ts';

export interface CleanerInit {
  readonly log: Log;
  readonly state: BackendState;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly segmentSizeBytes: number;
  /** Places are about to change. */
  readonly onSwap: () => void;
  /** There is nothing more to rewrite for now. */
  readonly onClean: (rewrittenBytes: number) => void;
}

/** Below this share of a segment, what `defrag` could give back is not worth a copy. */
const DEFRAG_SHARE_MIN = 0.03;

/** Length of the sealed log, of the live bytes: up to here nothing presses, and from there on everything does. */
const CALM_SHARE = 1.4;
const PRESSING_SHARE = 1.8;

export class Cleaner {
  readonly #init: CleanerInit;
  /** One job at a time; the tail of the queue. */
  #last: Promise<void> = Promise.resolve();
  #isCleaning = false;
  /** Asked for while it was being done. */
  #again = false;
  /** Under way or in the queue. */
  #jobs = 0;
  #isClosed = false;

  constructor(init: CleanerInit) {
    this.#init = init;
  }

  /** Begins in the background, if there is anything to do and it is not being done. */
  clean(): void {
    if (this.#isClosed) return;
    // What has died since it looked may be past it.
    this.#again = this.#isCleaning;
    if (this.#isCleaning) return;
    if (this.#worthCleaning() === undefined && !this.#isActiveWorthCleaning()) return;
    this.#isCleaning = true;
    this.#enqueue(() => this.#clean())
      .catch((error: unknown) => {
        // Nothing is lost but space: the old segments are still the log.
        if (!this.#isClosed) this.#init.logger.warn({ error }, 'segments could not be cleaned');
      })
      .finally(() => {
        this.#isCleaning = false;
        if (this.#again) this.clean();
      });
  }

  defrag(signal: AbortSignal | undefined): Promise<void> {
    return this.#enqueue(() => this.#defrag(signal));
  }

  /** Places are going to change: whoever writes them down had better wait. */
  get isBusy(): boolean {
    return this.#jobs > 0;
  }

  /** Stops at the end of the slice; what is under way was not yet part of the log. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#last;
  }

  #enqueue(job: () => Promise<void>): Promise<void> {
    this.#jobs++;
    const done = this.#last.then(job).finally(() => {
      this.#jobs--;
    });
    this.#last = done.catch(() => {});
    return done;
  }

  async #defrag(signal: AbortSignal | undefined): Promise<void> {
    const { log } = this.#init;
    this.#check(signal);
    if (log.set.active.lastSequence > 0 || !log.writer.clean) await log.seal();
    // Once through the log, as it is now: what is written or rewritten meanwhile gets a greater id.
    const newest = log.sealed.reduce((most, { id }) => Math.max(most, id), 0);
    const seen = new Set<number>();
    await this.#work(() => {
      this.#check(signal);
      const group = this.#nextForDefrag(({ id }) => id <= newest && !seen.has(id));
      for (const { id } of group ?? []) seen.add(id);
      return group;
    });
  }

  async #clean(): Promise<void> {
    this.#check(undefined);
    if (this.#isActiveWorthCleaning()) await this.#init.log.seal();
    await this.#work(() => this.#worthCleaning());
  }

  /** What holds nothing goes first: its files are removed while the rest is copied. */
  async #work(next: () => readonly Segment[] | undefined): Promise<void> {
    let bytes = 0;
    const removals: Promise<void>[] = [];
    const vacantOrNext = (): readonly Segment[] | undefined => this.#vacant() ?? next();
    try {
      for (let group = vacantOrNext(); group !== undefined; group = vacantOrNext()) {
        bytes += await this.#rewrite(group, removals);
      }
    } finally {
      await Promise.all(removals);
    }
    if (bytes > 0) this.#init.onClean(bytes);
  }

  #rewrite(sources: readonly Segment[], removals: Promise<void>[]): Promise<number> {
    const { directory } = this.#init.log.set;
    const segments = sources.map(({ id }) => id);
    return traced('clean', { directory, segments }, async (trace) => {
      const bytes = await this.#replace(sources);
      for (const source of sources) removals.push(this.#init.log.drop(source));
      Object.assign(trace, { bytes });
      return bytes;
    });
  }

  /** Returns how many bytes were written. */
  async #replace(sources: readonly Segment[]): Promise<number> {
    const { log, state, clock, onSwap } = this.#init;
    const before = log.set.order.slice(0, log.set.order.indexOf(sources[0]!));
    const survivors = new Survivors(state, sources, before);
    const liveBytes = sources.reduce((sum, { slot }) => sum + state.space.liveIn(slot), 0);
    const rewrite = new SegmentRewrite(log.set, sources, liveBytes);
    const pacer = new Pacer(
      clock,
      () => state.table.count,
      () => this.#pressure(),
    );
    try {
      // This turn may have sealed a segment, or swapped the ones before.
      await pacer.rest();
      await pacer.run(rewrite.copy(survivors), () => this.#check(undefined));
      await rewrite.write(() => {
        this.#check(undefined);
        return pacer.rest();
      });
      await log.swap(rewrite);
    } catch (error) {
      rewrite.abandon();
      throw error;
    }
    onSwap();
    const { target } = rewrite;
    await pacer.run(survivors.apply(target?.slot ?? 0));
    // Once more, for a checkpoint that began in between.
    onSwap();
    if (target === undefined) return 0;
    // What is in it besides records of today cannot come back by copying it again.
    state.space.setOverhead(target.slot, this.#gain(target));
    return target.tail;
  }

  /** Neighbours of which nothing is needed. */
  #vacant(): readonly Segment[] | undefined {
    const { log, state } = this.#init;
    const { sealed } = log;
    const isVacant = ({ slot }: Segment): boolean => state.isVacant(slot);
    const first = sealed.findIndex(isVacant);
    if (first < 0) return undefined;
    const end = sealed.findIndex((segment, at) => at > first && !isVacant(segment));
    return sealed.slice(first, end < 0 ? undefined : end);
  }

  /** The segment of which the largest share would come back, if that is large, and its neighbours. */
  #worthCleaning(): readonly Segment[] | undefined {
    if (!this.#mayClean()) return undefined;
    const { log, state } = this.#init;
    const sealed = log.sealed;
    let best = -1;
    let bestShare = limits.cleanShare;
    for (const [i, segment] of sealed.entries()) {
      const share = this.#gain(segment) / segment.tail;
      if (share < bestShare) continue;
      best = i;
      bestShare = share;
    }
    if (best < 0) return undefined;
    return this.#run(sealed, best, (segment, room) => {
      const isSmall = state.space.liveIn(segment.slot) <= room / 8;
      return isSmall || this.#gain(segment) >= segment.tail * limits.cleanShare;
    });
  }

  /**
   * An active segment that nothing is written to would keep its dead for ever. What lies between small
   * batches comes back with them, but is no reason by itself.
   */
  #isActiveWorthCleaning(): boolean {
    const { active } = this.#init.log.set;
    if (!this.#mayClean() || active.tail < limits.segmentSizeBytesMin) return false;
    const worth = active.tail * limits.cleanShare;
    return this.#gain(active) >= worth && this.#init.state.space.deadIn(active.slot) >= worth / 2;
  }

  /** Disk would pass twice the live bytes soon: then writers have to leave it more of the thread. */
  #pressure(): number {
    const { log, state } = this.#init;
    const share = (log.lengthBytes - log.set.active.tail) / Math.max(1, state.space.liveBytes);
    return (share - CALM_SHARE) / (PRESSING_SHARE - CALM_SHARE);
  }

  /** Not while the log has to be told what is dead, or nothing more may be written. */
  #mayClean(): boolean {
    const { log, state } = this.#init;
    return log.commit.failure === undefined && !state.hasUnsealed;
  }

  #nextForDefrag(fits: (segment: Segment) => boolean): readonly Segment[] | undefined {
    const { log, state, segmentSizeBytes } = this.#init;
    const { sealed } = log;
    for (const [i, segment] of sealed.entries()) {
      if (!fits(segment)) continue;
      const live = state.space.liveIn(segment.slot);
      const run = this.#run(sealed, i, fits);
      const isSmall = run.length > 1 && live < segmentSizeBytes / 4;
      if (isSmall || this.#gain(segment) > segment.tail * DEFRAG_SHARE_MIN) return run;
    }
    return undefined;
  }

  /** Neighbours from this one on, in both directions, as long as they fit one segment together. */
  #run(
    sealed: readonly Segment[],
    start: number,
    joins: (segment: Segment, room: number) => boolean,
  ): readonly Segment[] {
    const { state, segmentSizeBytes } = this.#init;
    const liveOf = (at: number): number => state.space.liveIn(sealed[at]!.slot);
    let room = segmentSizeBytes - liveOf(start);
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
  #gain({ slot, tail }: Segment): number {
    const { space } = this.#init.state;
    return tail - SEGMENT_HEADER_BYTES - space.liveIn(slot) - space.overheadIn(slot);
  }

  #check(signal: AbortSignal | undefined): void {
    signal?.throwIfAborted();
    if (this.#isClosed) throw closed();
    const { failure } = this.#init.log.commit;
    if (failure !== undefined) throw failure;
  }
}
