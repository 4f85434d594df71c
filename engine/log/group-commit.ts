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
import { closed, VarveError } from '../base/errors.ts';
import { Histogram } from '../base/histogram.ts';
import { limits } from '../base/limits.ts';
import { commits } from '../base/tracing.ts';
import { FRAME_CLOSE, FRAME_MARK } from './format.ts';
import { IdleMark } from './idle-mark.ts';
import {
  type Background,
  type CommitWaiter,
  type GroupCommitInit,
  type Job,
  type LogChange,
  stepsOf,
  writesManifest,
} from './commit-job.ts';
import type { Batch, LogWriter } from './log-writer.ts';
import { Turns } from './turns.ts';

export class GroupCommit {
  /** From the first failure on nothing is written. */
  failure: VarveError | undefined;
  /** The last revision whose transaction is on disk. */
  durableRevision: number;
  readonly syncDurations: Histogram = Histogram.forDisk();
  /** Told once, after everybody who waits, of the first failure. */
  onFailure: (failure: VarveError) => void = () => {};
  readonly #writer: LogWriter;
  readonly #clock: Clock;
  readonly #init: GroupCommitInit;
  readonly #idleMark: IdleMark;
  readonly #turns: Turns;
  readonly #sequenceAtOpen: number;
  #waiters: CommitWaiter[] = [];
  #changes: LogChange[] = [];
  #intervalTimer: Disposable | undefined;
  #background: Background | null = null;
  /** Something was asked for while a background sync ran. */
  #again = false;
  /** Sync the next batch even in mode 'never', if anything was written since the last sync. */
  #force = false;
  #unsynced = false;
  #syncMsAverage = 0;
  #closed = false;

  constructor(init: GroupCommitInit) {
    this.#init = init;
    this.#writer = init.writer;
    this.#clock = init.clock;
    this.durableRevision = init.durableRevision;
    this.#sequenceAtOpen = init.writer.lastSequence;
    this.#idleMark = new IdleMark(init.writer, init.clock, () => this.#writeMark());
    this.#turns = new Turns(init.clock, () => this.#start());
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
    else if (this.#closed) waiter.failed(closed());
    else this.#waiters.push(waiter);
  }

  /** Resolves when everything so far is on disk, whatever the sync mode. */
  flush(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#force = true;
      this.wait({ committed: resolve, failed: reject });
      this.#schedule();
    });
  }

  /** Blocks until everything appended so far is on disk. Throws the failure if there is one. */
  commitNow(): void {
    if (this.#background !== null) this.#finishInPlace(this.#background);
    if (this.failure !== undefined) throw this.failure;
    this.#force = true;
    this.#commit(false);
    if (this.failure !== undefined) throw this.failure as VarveError;
  }

  /** Resolves when the change is made. */
  change(steps: LogChange['steps']): Promise<void> {
    return new Promise((done, failed) => {
      if (this.failure !== undefined || this.#closed) {
        failed(this.failure ?? closed());
        return;
      }
      this.#changes.push({ steps, done, failed });
      this.#force = true;
      this.#schedule();
    });
  }

  get isIdle(): boolean {
    return this.#idleMark.isIdle;
  }

  /** Everything on disk and, if this session wrote anything, the close mark behind it. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#intervalTimer?.[Symbol.dispose]();
    this.#idleMark.stop();
    if (this.failure !== undefined) return;
    this.commitNow();
    if (this.#writer.lastSequence > this.#sequenceAtOpen) {
      this.#mark(FRAME_CLOSE);
      this.commitNow();
    }
  }

  #schedule(): void {
    if (this.#background === null) this.#turns.schedule();
    else this.#again = true;
  }

  #start(): void {
    this.#again = this.#background !== null;
    if (this.#again || this.#closed || this.failure !== undefined) return;
    this.#commit(true);
  }

  #commit(mayWait: boolean): void {
    const waiters = this.#waiters;
    const changes = this.#changes;
    this.#waiters = [];
    this.#changes = [];
    try {
      const synced = this.#force || this.#init.sync !== 'never';
      const batch = this.#write();
      const job: Job = { batch, waiters, changes, synced };
      this.#unsynced ||= batch !== undefined;
      const steps = stepsOf(this.#init.set, job, synced && this.#unsynced);
      this.#force = false;
      const started = this.#clock.now();
      const first = steps.next();
      if (first.done) {
        this.#done(job);
      } else if (
        mayWait &&
        (this.#syncMsAverage > limits.syncInPlaceMsMax || writesManifest(job))
      ) {
        this.#background = { job, steps, file: first.value };
        void this.#syncInBackground(this.#background);
      } else {
        first.value.sync();
        for (const file of steps) file.sync();
        this.#measure(job, started);
        this.#done(job);
      }
    } catch (error) {
      this.#fail(error, { waiters, changes });
    }
  }

  /** After every await it looks whether this is still its business. */
  async #syncInBackground(background: Background): Promise<void> {
    const { job, steps } = background;
    const started = this.#clock.now();
    try {
      await background.file.syncInBackground();
      while (this.#background === background && this.failure === undefined) {
        const { value, done } = steps.next();
        if (done === true) break;
        background.file = value;
        await value.syncInBackground();
      }
    } catch (error) {
      if (this.#background === background) this.#fail(error);
    }
    if (this.#background !== background) return;
    this.#background = null;
    if (this.failure !== undefined) {
      for (const change of job.changes) change.failed(this.failure);
      for (const waiter of job.waiters) waiter.failed(this.failure);
      return;
    }
    this.#measure(job, started);
    this.#claim(job);
    // The next batch goes off before its predecessor's waiters run, so the disk is never idle.
    if (this.#again || this.#waiters.length > 0 || this.#changes.length > 0) this.#start();
    this.#done(job);
  }

  /** Takes a background sync over: what it still had to do is done here, and its waiters are told. */
  #finishInPlace({ job, steps, file }: Background): void {
    this.#background = null;
    try {
      if (this.failure !== undefined) throw this.failure;
      file.sync();
      for (const next of steps) next.sync();
      this.#done(job);
    } catch (error) {
      this.#fail(error, job);
    }
  }

  #write(): Batch | undefined {
    const batch = this.#writer.takeBatch();
    for (const { segment, from, to } of batch?.parts ?? []) {
      if (to > from) segment.file.writeAt(segment.buffer!.subarray(from, to), from);
      segment.flushed = to;
    }
    return batch;
  }

  #measure({ batch }: Job, startedMs: number): void {
    const durationMs = this.#clock.now() - startedMs;
    this.#syncMsAverage += (durationMs - this.#syncMsAverage) / 8;
    this.syncDurations.observeMs(durationMs);
    if (!commits.hasSubscribers) return;
    const bytes = batch?.parts.reduce((sum, { from, to }) => sum + to - from, 0) ?? 0;
    const { directory } = this.#init.set;
    commits.publish({ directory, revision: batch?.lastRevision ?? 0, bytes, durationMs });
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
    this.#init.onIdle?.();
    if (this.failure !== undefined || this.#background !== null) return;
    try {
      this.#mark(FRAME_MARK);
      this.#write();
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Without space there is no mark, and no harm but the window that it would have closed. */
  #mark(kind: Parameters<LogWriter['mark']>[0]): void {
    try {
      this.#writer.mark(kind);
    } catch (error) {
      if (!(error instanceof VarveError) || error.code !== 'ERR_NO_SPACE') throw error;
    }
  }

  #fail(cause: unknown, { waiters = [], changes = [] }: Partial<Job> = {}): void {
    const isFirst = this.failure === undefined;
    this.failure ??= new VarveError(
      'ERR_POISONED',
      `a write to the log failed (${cause instanceof Error ? cause.message : String(cause)}): nothing more is written; close the store, look after the disk, and open it again`,
      { cause },
    );
    const late = this.#waiters;
    this.#waiters = [];
    for (const change of [...changes, ...this.#changes]) change.failed(this.failure);
    this.#changes = [];
    for (const waiter of waiters) waiter.failed(this.failure);
    for (const waiter of late) waiter.failed(this.failure);
    if (isFirst) this.onFailure(this.failure);
  }
}
