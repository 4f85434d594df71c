/**
 * Gives the space of dead records back while the store is in use: rewrites segments without them, one short
 * run of neighbours at a time, in slices with rests between. Which ones: those of which a large share would
 * come back (`clean`), or all that have anything to give (`defrag`). Small neighbours are merged on the way.
 */
import type { Clock } from '../base/clock.ts';
import { closed } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import { Pacer } from '../base/pacer.ts';
import { traced } from '../base/tracing.ts';
import type { Log } from '../log/log.ts';
import type { Segment } from '../log/segment.ts';
import { SegmentRewrite } from '../log/segment-rewrite.ts';
import type { BackendState } from './backend-state.ts';
import { Candidates } from './candidates.ts';
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

export class Cleaner {
  readonly #init: CleanerInit;
  readonly #candidates: Candidates;
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
    this.#candidates = new Candidates(init.log, init.state, init.segmentSizeBytes);
  }

  /** Begins in the background, if there is anything to do and it is not being done. */
  clean(): void {
    if (this.#isClosed) return;
    // What has died since it looked may be past it.
    this.#again = this.#isCleaning;
    if (this.#isCleaning) return;
    const candidates = this.#candidates;
    if (candidates.worthCleaning() === undefined && !candidates.isActiveWorthCleaning()) return;
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
    await this.#work(false, () => {
      this.#check(signal);
      const group = this.#candidates.nextForDefrag(({ id }) => id <= newest && !seen.has(id));
      for (const { id } of group ?? []) seen.add(id);
      return group;
    });
    await log.set.spares.discard();
  }

  async #clean(): Promise<void> {
    this.#check(undefined);
    if (this.#candidates.isActiveWorthCleaning()) await this.#init.log.seal();
    await this.#work(true, () => this.#candidates.worthCleaning());
  }

  /** What holds nothing goes first: its files are removed while the rest is copied. */
  async #work(mayReuse: boolean, next: () => readonly Segment[] | undefined): Promise<void> {
    let bytes = 0;
    const removals: Promise<void>[] = [];
    const vacantOrNext = (): readonly Segment[] | undefined => this.#candidates.vacant() ?? next();
    try {
      for (let group = vacantOrNext(); group !== undefined; group = vacantOrNext()) {
        bytes += await this.#rewrite(group);
        for (const segment of group) removals.push(this.#init.log.drop(segment, mayReuse));
      }
    } finally {
      await Promise.all(removals);
    }
    if (bytes > 0) this.#init.onClean(bytes);
  }

  #rewrite(sources: readonly Segment[]): Promise<number> {
    const { directory } = this.#init.log.set;
    const segments = sources.map(({ id }) => id);
    return traced('clean', { directory, segments }, async (trace) => {
      const bytes = await this.#replace(sources);
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
    const pacer = new Pacer({
      clock,
      activity: () => state.table.count,
      isAwaited: () => state.table.lastMain > log.commit.durableRevision,
      pressure: () => this.#candidates.pressure(),
    });
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
    state.space.setOverhead(target.slot, this.#candidates.gain(target));
    return target.tail;
  }

  #check(signal: AbortSignal | undefined): void {
    signal?.throwIfAborted();
    if (this.#isClosed) throw closed();
    const { failure } = this.#init.log.commit;
    if (failure !== undefined) throw failure;
  }
}
