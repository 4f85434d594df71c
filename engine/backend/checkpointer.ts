/**
 * Decides when a checkpoint is due and sees it through. Due: when a segment was sealed and the log has
 * grown by six times what the last checkpoint was long (so it adds at most a sixth to what is written), and
 * at close. While the store is in use it is written in slices, with turns of the event loop between.
 */
import type { Logger } from '../base/logger.ts';
import { limits } from '../base/limits.ts';
import { traced } from '../base/tracing.ts';
import { CheckpointWriter, retireCheckpoint } from '../log/checkpoint-file.ts';
import type { Log } from '../log/log.ts';
import type { Batch } from '../log/log-writer.ts';
import type { BackendState } from './backend-state.ts';
import { type CheckpointState, checkpointChunks } from './checkpoint.ts';
import type { RevisionIndex } from './revision-index.ts';

/** Written to the log from one checkpoint to the next, of its length. */
const GROWTH = 6;

/** A state that may be written once it is durable. */
interface Captured {
  readonly sequence: number;
  readonly state: CheckpointState;
  /** Removals until then. */
  readonly removals: number;
}

export class Checkpointer {
  readonly #log: Log;
  readonly #state: BackendState;
  readonly #index: RevisionIndex;
  readonly #logger: Logger;
  #sealedBytes = 0;
  #lastBytes = 0;
  #lastCount: number;
  #captured: Captured | undefined;
  #running: Promise<void> | undefined;
  /** Old checkpoints on their way out: the next open must not meet them half removed. */
  #retired: Promise<unknown> | undefined;
  /** Raised when the places move: a checkpoint under way is abandoned, as it is when something dies. */
  #generation = 0;

  constructor(log: Log, state: BackendState, index: RevisionIndex, logger: Logger) {
    this.#log = log;
    this.#state = state;
    this.#index = index;
    this.#logger = logger;
    this.#lastCount = state.table.count;
  }

  sealed(bytes: number): void {
    this.#sealedBytes += bytes;
  }

  /** The log is cut here: if a checkpoint is due, this is the moment it will describe. */
  batch(batch: Batch): void {
    if (this.#running !== undefined || this.#captured !== undefined) return;
    if (this.#sealedBytes < Math.max(GROWTH * this.#lastBytes, limits.checkpointBytesMin)) return;
    // Half a compaction is no state to go on from.
    if (this.#state.hasUnsealed) return;
    const { lastSequence: sequence } = batch;
    const { removals } = this.#state;
    this.#captured = { sequence, state: this.#capture(sequence), removals };
  }

  /** What the batch wrote is on disk, so a checkpoint may say so. */
  durable(batch: Batch): void {
    const captured = this.#captured;
    // Not always the same batch: marks, and batches in mode 'never', become durable with a later one.
    if (captured === undefined || captured.sequence > batch.lastSequence) return;
    this.#captured = undefined;
    // What died since is dead in the table already, and the log would say so once more.
    if (captured.removals !== this.#state.removals) return;
    this.#sealedBytes = 0;
    const { directory } = this.#log.set;
    this.#running = traced('checkpoint', { directory }, (trace) =>
      this.#write(captured.state, trace),
    ).finally(() => {
      this.#running = undefined;
    });
  }

  /** Places have moved: what a checkpoint says is no longer so, and `open` would ignore it. */
  invalidate(): void {
    this.#generation++;
    this.#captured = undefined;
    this.#lastCount = 0;
    const { fs, directory } = this.#log.set;
    this.#retired = Promise.all([this.#retired, retireCheckpoint(fs, directory)]).catch(
      // It counts for nothing, whether it is there or not.
      (error: unknown) => this.#failed(error, undefined),
    );
  }

  /** The last one, of everything; the log is at rest and on disk. */
  async close(): Promise<void> {
    this.#generation++;
    await this.#running;
    await this.#retired;
    const { count } = this.#state.table;
    if (count - this.#lastCount < limits.checkpointRecordsMin || this.#state.hasUnsealed) return;
    if (this.#log.lengthBytes < limits.checkpointBytesMin) return;
    const { fs, directory, storeId } = this.#log.set;
    let writer: CheckpointWriter | undefined;
    try {
      writer = new CheckpointWriter(fs, directory, storeId);
      const state = this.#capture(this.#log.writer.lastSequence);
      for (const chunk of checkpointChunks(state, this.#state.table, this.#index)) {
        writer.add(chunk);
      }
      writer.finish();
    } catch (error) {
      this.#failed(error, writer);
    }
  }

  #capture(sequence: number): CheckpointState {
    const { table, buckets, space } = this.#state;
    const { slots } = this.#log.set;
    return {
      log: this.#log.checkpoint(sequence),
      count: table.count,
      largeSizes: table.largeSizes(),
      buckets: buckets.clone(),
      mixedSlots: [...slots.keys()].filter((slot) => space.isMixed(slot)),
      slotIds: slots.map((segment) => segment?.id ?? 0),
    };
  }

  async #write(state: CheckpointState, trace: object): Promise<void> {
    const { fs, directory, storeId } = this.#log.set;
    const generation = this.#generation;
    const { removals } = this.#state;
    let writer: CheckpointWriter | undefined;
    let bytes = 0;
    try {
      writer = new CheckpointWriter(fs, directory, storeId);
      for (const chunk of checkpointChunks(state, this.#state.table, this.#index)) {
        writer.add(chunk);
        bytes += chunk.bytes.length;
        await new Promise(setImmediate);
        if (generation !== this.#generation || removals !== this.#state.removals) {
          writer.abandon();
          return;
        }
      }
      await writer.finishInBackground();
      this.#lastBytes = bytes;
      Object.assign(trace, { bytes });
      if (generation === this.#generation) this.#lastCount = state.count;
    } catch (error) {
      this.#failed(error, writer);
    }
  }

  /** Only a shortcut is lost: the next open scans more. */
  #failed(error: unknown, writer: CheckpointWriter | undefined): void {
    const { directory } = this.#log.set;
    this.#logger.warn({ directory, error }, 'the index checkpoint could not be written');
    writer?.dispose();
  }
}
