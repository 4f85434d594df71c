/**
 * Writes batches out and tells who waits for them. One write and one sync carry everything that is
 * pending; while a sync runs in the background the next batch fills.
 *
 *     put put put ──► batch 1: write, sync ──────────► resolve 1
 *                 put put put put ─► batch 2 fills ──► write, sync …
 *
 * **Where the sync runs.** On a disk that syncs in well under a millisecond, going through the thread
 * pool costs more than the sync itself, so it is done in place; on a slower one it goes to the background
 * and blocks nobody. The moving average of what syncs took decides.
 *
 * **Fail-stop.** After a failed write or sync nobody knows what is on disk, and a second sync may lie.
 * The first failure is kept; whoever waits or comes later gets it. Nothing is retried.
 */
import type { Clock } from '../base/clock.ts';
import { VarveError } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import type { File } from '../vfs/fs.ts';
import { FRAME_CLOSE } from './format.ts';
import { IdleMark } from './idle-mark.ts';
import type { Batch, LogWriter } from './log-writer.ts';
import { durabilitySteps } from './durability.ts';
import type { SegmentSet } from './segment-set.ts';

export type SyncMode = 'commit' | 'interval' | 'never';

/** Called exactly once, when the batch that was filling at the time of `wait` is through. */
export interface CommitWaiter {
  committed(): void;
  failed(error: VarveError): void;
}

export interface GroupCommitInit {
  readonly writer: LogWriter;
  readonly set: SegmentSet;
  readonly clock: Clock;
  readonly sync: SyncMode;
  readonly batchIntervalMs: number;
  readonly batchLimit: number;
  /** The last revision on disk at the start. */
  readonly durableRevision: number;
  /** A batch is on disk. */
  readonly onDurable?: (batch: Batch) => void;
}

/** A batch on its way to disk. */
interface Job {
  readonly batch: Batch | undefined;
  readonly waiters: readonly CommitWaiter[];
  /** Synced, so that later frames may claim it. */
  readonly synced: boolean;
}

export class GroupCommit {
  /** The first failure; from then on nothing is written. */
  failure: VarveError | undefined;
  /** The last revision whose transaction is on disk. */
  durableRevision: number;
  readonly #writer: LogWriter;
  readonly #set: SegmentSet;
  readonly #clock: Clock;
  readonly #init: GroupCommitInit;
  readonly #idleMark: IdleMark;
  readonly #sequenceAtOpen: number;
  #waiters: CommitWaiter[] = [];
  #scheduled = false;
  #intervalTimer: Disposable | undefined;
  /** What remains of a background sync, and the file it is at. */
  #background: { readonly steps: Generator<File>; file: File } | null = null;
  /** Sync the next batch even in mode 'never'. */
  #force = false;
  /** Written but not synced: only in mode 'never'. */
  #unsynced = false;
  #syncMsAverage = 0;
  #lastTurnMs = 0;
  #closed = false;

  constructor(init: GroupCommitInit) {
    this.#init = init;
    this.#writer = init.writer;
    this.#set = init.set;
    this.#clock = init.clock;
    this.durableRevision = init.durableRevision;
    this.#sequenceAtOpen = init.writer.lastSequence;
    this.#idleMark = new IdleMark(init.writer, init.clock, () => this.#writeMark());
  }

  /** Something was appended: see to it that it gets to disk as the sync mode says. */
  request(): void {
    const { sync, batchLimit, batchIntervalMs } = this.#init;
    if (sync === 'commit') {
      this.#schedule();
    } else if (this.#writer.pendingRecords >= batchLimit) {
      this.#start();
    } else {
      this.#intervalTimer ??= this.#clock.setTimer(batchIntervalMs, () => {
        this.#intervalTimer = undefined;
        this.#start();
      });
    }
    if (this.#background !== null && this.#writer.unflushedBytes > limits.unflushedBytesMax) {
      this.commitNow();
    }
  }

  /** Tells the waiter once everything appended so far is written, and synced unless mode is 'never'. */
  wait(waiter: CommitWaiter): void {
    if (this.failure !== undefined) waiter.failed(this.failure);
    else this.#waiters.push(waiter);
  }

  /** Resolves when everything appended so far is on disk, whatever the sync mode. */
  flush(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#force = true;
      this.wait({ committed: resolve, failed: reject });
      this.#schedule();
    });
  }

  /** Blocks until everything appended so far is on disk. Throws the failure if there is one. */
  commitNow(): void {
    const background = this.#background;
    if (background !== null) {
      // Its continuation finds the steps done and only has to tell its waiters.
      try {
        background.file.sync();
        for (const file of background.steps) file.sync();
      } catch (error) {
        this.#fail(error, []);
      }
    }
    if (this.failure !== undefined) throw this.failure;
    this.#force = true;
    this.#commit(false);
    if (this.failure !== undefined) throw this.failure as VarveError;
  }

  /** Something below failed halfway: nothing more is written. */
  poison(cause: unknown): void {
    this.#fail(cause, []);
  }

  /** The log was rewritten and another takes over; nothing is pending. */
  retire(): void {
    this.#closed = true;
    this.#intervalTimer?.[Symbol.dispose]();
    this.#idleMark.stop();
  }

  /** Everything on disk and, if this session wrote anything, the close mark behind it. */
  close(): void {
    if (this.#closed) return;
    this.retire();
    if (this.failure !== undefined) return;
    this.commitNow();
    if (this.#writer.lastSequence > this.#sequenceAtOpen) {
      this.#writer.mark(FRAME_CLOSE);
      this.commitNow();
    }
  }

  /** Runs after everything that is runnable now, so that one batch takes all of it. */
  #schedule(): void {
    if (this.#scheduled || this.#background !== null) return;
    this.#scheduled = true;
    // Syncing in place from tick to tick would starve timers and sockets: turn the loop now and then.
    if (this.#clock.now() - this.#lastTurnMs < limits.syncInPlaceStreakMsMax) {
      process.nextTick(this.#onSchedule);
    } else {
      setImmediate(this.#onTurn);
    }
  }

  readonly #onTurn = (): void => {
    this.#lastTurnMs = this.#clock.now();
    this.#onSchedule();
  };

  readonly #onSchedule = (): void => {
    this.#scheduled = false;
    this.#start();
  };

  #start(): void {
    if (this.#background !== null || this.#closed || this.failure !== undefined) return;
    this.#commit(this.#syncMsAverage > limits.syncInPlaceMsMax);
  }

  #commit(inBackground: boolean): void {
    const waiters = this.#waiters;
    this.#waiters = [];
    try {
      const synced = this.#force || this.#init.sync !== 'never';
      const batch = this.#write();
      const job: Job = { batch, waiters, synced };
      this.#unsynced ||= batch !== undefined;
      const steps = durabilitySteps(this.#set, batch, synced && this.#unsynced);
      this.#force = false;
      const started = this.#clock.now();
      const first = steps.next();
      if (first.done) {
        this.#done(job);
      } else if (inBackground) {
        this.#background = { steps, file: first.value };
        void this.#syncInBackground(job, this.#background);
      } else {
        first.value.sync();
        for (const file of steps) file.sync();
        this.#measure(started);
        this.#done(job);
      }
    } catch (error) {
      this.#fail(error, waiters);
    }
  }

  async #syncInBackground(
    job: Job,
    background: { steps: Generator<File>; file: File },
  ): Promise<void> {
    const started = this.#clock.now();
    try {
      await background.file.syncInBackground();
      for (const file of background.steps) {
        background.file = file;
        await file.syncInBackground();
      }
    } catch (error) {
      this.#fail(error, []);
    }
    this.#background = null;
    if (this.failure !== undefined) {
      for (const waiter of job.waiters) waiter.failed(this.failure);
      return;
    }
    this.#measure(started);
    this.#claim(job);
    // The next batch goes off before its predecessor's waiters run, so the disk is never idle.
    if (this.#waiters.length > 0) this.#start();
    this.#done(job);
  }

  #write(): Batch | undefined {
    const batch = this.#writer.takeBatch();
    for (const { segment, from, to } of batch?.parts ?? []) {
      if (to > from) segment.file.writeAt(segment.buffer!.subarray(from, to), from);
      segment.flushed = to;
    }
    return batch;
  }

  #measure(startedMs: number): void {
    this.#syncMsAverage += (this.#clock.now() - startedMs - this.#syncMsAverage) / 8;
  }

  #claim({ batch, synced }: Job): void {
    if (synced) this.#unsynced = false;
    if (batch === undefined) return;
    const writer = this.#writer;
    if (synced) writer.durableSequence = Math.max(writer.durableSequence, batch.lastSequence);
    this.durableRevision = Math.max(this.durableRevision, batch.lastRevision);
  }

  #done(job: Job): void {
    this.#claim(job);
    for (const waiter of job.waiters) waiter.committed();
    if (!job.synced) return;
    if (job.batch !== undefined) this.#init.onDurable?.(job.batch);
    if (!this.#closed) this.#idleMark.arm();
  }

  #writeMark(): void {
    if (this.failure !== undefined || this.#background !== null) return;
    try {
      this.#write();
    } catch (error) {
      this.#fail(error, []);
    }
  }

  #fail(cause: unknown, waiters: readonly CommitWaiter[]): void {
    this.failure ??= new VarveError(
      'ERR_POISONED',
      `a write to the log failed (${cause instanceof Error ? cause.message : String(cause)}): nothing more is written; close the store, look after the disk, and open it again`,
      { cause },
    );
    const late = this.#waiters;
    this.#waiters = [];
    for (const waiter of waiters) waiter.failed(this.failure);
    for (const waiter of late) waiter.failed(this.failure);
  }
}
