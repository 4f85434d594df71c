/**
 * The physical half of compaction (R89): jobs one at a time, first come first served, each in slices with
 * rests between. A job waits for whoever still reads below its revision. What a close interrupts, the
 * next open resumes: the revision is on disk as scheduled until the job has recorded that it finished.
 */
import { closed } from '../base/errors.ts';
import { traced } from '../base/tracing.ts';
import type { MaintenanceContext } from './context.ts';
import type { Pins } from './pins.ts';

/** Revisions written while it runs, of those that it compacts. */
const CALM_SHARE = 0.12;

interface Job {
  readonly revision: number;
  readonly done: PromiseWithResolvers<void>;
}

export class Compactor {
  readonly #context: MaintenanceContext;
  readonly #pins: Pins;
  readonly #onFinished: () => void;
  readonly #jobs: Job[] = [];
  #running: Promise<void> | undefined;
  /** Of the job before. */
  #lastRevision = 0;
  #closed = false;

  constructor(context: MaintenanceContext, pins: Pins, onFinished: () => void) {
    this.#context = context;
    this.#pins = pins;
    this.#onFinished = onFinished;
  }

  get pendingJobs(): number {
    return this.#jobs.length;
  }

  /** Resolves when what a compaction at `revision` removes is gone, and that is on disk. */
  schedule(revision: number): Promise<void> {
    const done = withResolvers();
    this.#jobs.push({ revision, done });
    this.#running ??= this.#work();
    return done.promise;
  }

  /** Stops at the end of the slice. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#pins.releaseAll();
    await this.#running;
  }

  async #work(): Promise<void> {
    for (let job = this.#jobs[0]; job !== undefined; job = this.#jobs[0]) {
      try {
        await this.#remove(job.revision);
        job.done.resolve();
      } catch (error) {
        if (!this.#closed) {
          const { revision } = job;
          this.#context.logger.error({ error, revision }, 'a compaction could not be finished');
        }
        job.done.reject(error);
      }
      this.#jobs.shift();
    }
    // In the same turn as the look that found no job: one that came in between would wait for ever.
    this.#running = undefined;
  }

  async #remove(revision: number): Promise<void> {
    const { kv, backend, pacer, logger, directory } = this.#context;
    await this.#pins.released(revision);
    logger.debug({ revision }, 'compaction begins');
    await traced('compaction', { directory, revision }, async (trace) => {
      // It falls behind when as much is written while it runs as it removes; a little does not count.
      const [begun, span] = [kv.rev(), revision - this.#lastRevision];
      const pace = pacer(() => (kv.rev() - begun) / span - CALM_SHARE);
      const removed = await pace.run(kv.removeCompacted(revision), () => {
        if (this.#closed) throw closed();
        const failure = backend.failure();
        if (failure !== undefined) throw failure;
      });
      await backend.flush();
      logger.info({ revision, removed }, 'compaction finished');
      Object.assign(trace, { removed });
    });
    this.#lastRevision = revision;
    this.#onFinished();
  }
}

/** Rejections are the business of whoever asked to wait; nobody may have. */
function withResolvers(): PromiseWithResolvers<void> {
  let resolve!: () => void;
  let reject!: (error: unknown) => void;
  const promise = new Promise<void>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  promise.catch(() => {});
  return { promise, resolve, reject };
}

interface PromiseWithResolvers<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (error: unknown) => void;
}
