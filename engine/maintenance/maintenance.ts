/**
 * Everything that keeps a store in shape while it is used: compaction, cleaning, snapshots, hashes. The
 * store checks whether it may be used at all; what is asked is done here.
 */
import { traced } from '../base/tracing.ts';
import type { AutoCompaction, HashResult } from '../types.ts';
import { AutoCompactor } from './auto-compactor.ts';
import { Compactor } from './compactor.ts';
import type { MaintenanceContext } from './context.ts';
import { diskError } from './disk-error.ts';
import { Jobs } from './jobs.ts';
import { Pins } from './pins.ts';
import { Quota } from './quota.ts';

export interface MaintenanceOptions {
  readonly readOnly: boolean;
  readonly quotaBytes: number;
  readonly autoCompaction: AutoCompaction | undefined;
}

export class Maintenance {
  readonly context: MaintenanceContext;
  readonly pins: Pins = new Pins();
  readonly jobs: Jobs = new Jobs();
  readonly quota: Quota;
  readonly #compactor: Compactor;
  readonly #autoCompactor: AutoCompactor | undefined;

  /** Resumes what was under way when the store was closed. */
  constructor(context: MaintenanceContext, options: MaintenanceOptions) {
    this.context = context;
    const { kv, backend, clock } = context;
    this.quota = new Quota(backend, options.quotaBytes);
    this.#compactor = new Compactor(context, this.pins, () => {
      this.quota.settle();
      backend.clean();
    });
    if (options.readOnly) return;
    const unfinished = kv.unfinishedCompaction();
    if (unfinished !== undefined) void this.#compactor.schedule(unfinished);
    this.quota.settle();
    backend.clean();
    if (options.autoCompaction !== undefined) {
      this.#autoCompactor = new AutoCompactor(options.autoCompaction, clock, {
        revision: () => kv.rev(),
        compactRevision: () => kv.firstRev(),
        compact: (revision) => this.#compactUnasked(revision),
        pending: () => this.pendingJobs,
      });
    }
  }

  /** Compactions that are not through. */
  get pendingJobs(): number {
    return this.#compactor.pendingJobs;
  }

  /** The logical half at once; the promise is of the physical one. The former is on disk after a flush. */
  compact(revision: number): Promise<void> {
    this.context.kv.compact(revision);
    return this.#compactor.schedule(revision);
  }

  async defragment(signal: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted();
    const { backend, directory, logger } = this.context;
    const beforeBytes = backend.size();
    logger.debug({ directory, sizeBytes: beforeBytes }, 'defragmentation begins');
    try {
      await traced('defragment', { directory }, () => backend.defrag(signal));
    } catch (error) {
      throw diskError(error, directory ?? 'the store');
    }
    logger.info({ directory, beforeBytes, sizeBytes: backend.size() }, 'defragmentation finished');
  }

  /** The history below the revisions hashed stays until it is done. */
  async hashKv(revision: number): Promise<HashResult> {
    const { kv, pacer, directory } = this.context;
    const release = this.pins.hold(kv.firstRev());
    try {
      const context = { directory, revision };
      return await this.jobs.run(undefined, (stopped) =>
        traced('hash', context, () => pacer().run(kv.hashByRev(revision), stopped)),
      );
    } finally {
      release();
    }
  }

  async close(): Promise<void> {
    this.#autoCompactor?.stop();
    await this.jobs.close();
    await this.#compactor.close();
  }

  #compactUnasked(revision: number): void {
    const { backend, kv, logger } = this.context;
    if (backend.failure() !== undefined || revision > kv.rev()) return;
    try {
      void this.compact(revision);
    } catch (error) {
      logger.warn({ error, revision }, 'automatic compaction failed');
    }
  }
}
