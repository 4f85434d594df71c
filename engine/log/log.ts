/**
 * The log: records appended in transactions, read back by place, scanned in order, committed in groups.
 * The layers above see this class only.
 */
import { assert } from '../base/assert.ts';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/logger.ts';
import type { FileSystem } from '../vfs/fs.ts';
import type { SyncMode } from './commit-job.ts';
import { GroupCommit } from './group-commit.ts';
import { emptyView, type FrameSpan, scanActive, scanSealed } from './log-reader.ts';
import { type Batch, LogWriter, type LogWriterInit } from './log-writer.ts';
import { openSegments } from './open-log.ts';
import type { RecordFields, RecordView } from './record.ts';
import { type Claim, recoverActive } from './recovery.ts';
import type { Segment, SegmentMarks } from './segment.ts';
import type { SegmentRewrite } from './segment-rewrite.ts';
import { SegmentCache } from './segment-cache.ts';
import type { SegmentSet } from './segment-set.ts';

export interface LogOptions {
  readonly fs: FileSystem;
  /** Exists, and is locked by the caller. */
  readonly directory: string;
  readonly sync: SyncMode;
  readonly batchIntervalMs: number;
  readonly batchLimit: number;
  readonly segmentSizeBytes: number;
  readonly cacheSizeBytes: number;
  readonly readOnly: boolean;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
}

/** What a checkpoint knows, so that the segments it covers need not be scanned. */
export interface LogCheckpoint {
  /** Everything up to this frame is in the checkpoint. */
  readonly sequence: number;
  /** The segments that were sealed then. */
  readonly sealed: readonly SealedMarks[];
}
export interface SealedMarks extends SegmentMarks {
  readonly id: number;
}

/** What the layer above wants to know. */
export interface LogHooks extends Pick<LogWriterInit, 'onMove' | 'onSeal'> {
  readonly onBatch: (batch: Batch) => void;
  readonly onDurable: (batch: Batch) => void;
}

export class Log {
  readonly set: SegmentSet;
  readonly #options: LogOptions;
  readonly #claimOfUnlisted: Claim;
  readonly #clearAway: () => void;
  readonly #cache: SegmentCache;
  readonly #view: RecordView = emptyView();
  #writer: LogWriter | undefined;
  #commit: GroupCommit | undefined;

  constructor(options: LogOptions) {
    this.#options = options;
    const { set, claim, clearAway } = openSegments(options);
    this.set = set;
    this.#claimOfUnlisted = claim;
    this.#clearAway = clearAway;
    this.#cache = new SegmentCache(options.cacheSizeBytes);
  }

  /**
   * Recovers the active segment, then yields every frame that the checkpoint does not cover, oldest
   * first. Must be run to its end before `start`. `claimedSequence`: known as durable from elsewhere.
   */
  *recover(
    checkpoint: LogCheckpoint | undefined,
    claimedSequence: number = checkpoint?.sequence ?? 0,
  ): Generator<FrameSpan, void, void> {
    const covered = new Map(checkpoint?.sealed.map((marks) => [marks.id, marks]));
    const after = checkpoint?.sequence ?? 0;
    for (const segment of this.set.order) {
      const marks = covered.get(segment.id);
      if (marks !== undefined) {
        segment.restoreMarks(marks);
      } else if (segment.sealed) {
        for (const frame of scanSealed(segment, (buffer) => this.#cache.admit(segment, buffer))) {
          if (frame.sequence > after) yield frame;
        }
      } else {
        this.#recoverActive(segment, claimedSequence);
        for (const frame of scanActive(segment)) if (frame.sequence > after) yield frame;
      }
    }
    if (!this.#options.readOnly) this.#clearAway();
  }

  /** Begins to accept writes. `durableRevision`: the last one that recovery found. */
  start(durableRevision: number, hooks: LogHooks): void {
    const { set } = this;
    const lastSequence = set.order.reduce(
      (max, { lastSequence: last }) => Math.max(max, last),
      set.active.baseSequence - 1,
    );
    this.#writer = new LogWriter({
      set,
      nextSequence: lastSequence + 1,
      onMove: hooks.onMove,
      onBatch: (batch) => {
        this.#cache.trim();
        hooks.onBatch(batch);
      },
      onSeal: (segment) => {
        this.#cache.admitSealed(segment);
        hooks.onSeal(segment);
      },
    });
    this.#commit = new GroupCommit({
      ...this.#options,
      set,
      writer: this.#writer,
      durableRevision,
      onDurable: (batch) => {
        this.#cache.trim();
        hooks.onDurable(batch);
      },
      onIdle: () => void this.set.spares.discard(),
    });
  }

  /** Sealed, on disk and listed as such: what may be rewritten. In log order. */
  get sealed(): readonly Segment[] {
    const { order, lastListed } = this.set;
    return order.slice(0, order.indexOf(lastListed));
  }

  /** The active segment becomes a sealed one. */
  async seal(): Promise<void> {
    this.writer.seal();
    await this.commit.flush();
  }

  /** Puts the rewritten segment in the place of its sources, which stay readable until `drop`. */
  async swap(rewrite: SegmentRewrite): Promise<void> {
    await this.commit.change(() => rewrite.swap());
    if (rewrite.target === undefined) return;
    this.#cache.admitSealed(rewrite.target);
    this.#cache.trim();
  }

  /** Nothing lies in this segment any more. While the writer is busy, its file may serve another one. */
  drop(segment: Segment, mayReuse: boolean): Promise<void> {
    this.#cache.evict(segment);
    return this.set.retire(segment, mayReuse && !this.commit.isIdle);
  }

  get writer(): LogWriter {
    assert(this.#writer !== undefined, () => 'the log is not started');
    return this.#writer;
  }

  get commit(): GroupCommit {
    assert(this.#commit !== undefined, () => 'the log is not started');
    return this.#commit;
  }

  /** See `LogWriter`: begin, append…, end or rollback. */
  append(record: RecordFields): number {
    return this.writer.append(record);
  }

  /**
   * A view of the record at this place, valid until the next call. Throws ERR_CORRUPT if the bytes come
   * from disk and fail their checksum.
   */
  read(slot: number, at: number): RecordView {
    const view = this.#view;
    const segment = this.set.slots[slot]!;
    if (segment.resident) {
      segment.uses++;
      view.buffer = segment.buffer!;
      view.data = segment.data!;
      view.at = at;
    } else {
      this.#cache.load(segment, at, view);
    }
    return view;
  }

  /** Bytes that an open without a checkpoint reads. */
  get lengthBytes(): number {
    return this.set.order.reduce((sum, { tail }) => sum + tail, 0);
  }

  /** Bytes of all files of the log. */
  get sizeBytes(): number {
    const { order, spares } = this.set;
    return order.reduce((sum, { allocated }) => sum + allocated, spares.bytes);
  }

  /** What a checkpoint that ends with this batch has to say about the log. */
  checkpoint(sequence: number): LogCheckpoint {
    const sealed = this.set.order
      .filter(({ sealed, lastSequence }) => sealed && lastSequence <= sequence)
      .map(({ id, marks }) => ({ id, ...marks }));
    return { sequence, sealed };
  }

  close(): void {
    try {
      if (!this.#options.readOnly) this.#commit?.close();
    } finally {
      this.set.close();
    }
  }

  #recoverActive(segment: Segment, claimedSequence: number): void {
    const { readOnly, logger } = this.#options;
    const unlisted = this.#claimOfUnlisted;
    const by = `the checkpoint (up to frame ${claimedSequence})`;
    const { cutAt, cutFrames } = recoverActive(segment, {
      firstSequence: segment.baseSequence,
      claim: claimedSequence > unlisted.sequence ? { sequence: claimedSequence, by } : unlisted,
      readOnly,
    });
    if (cutFrames > 0) {
      const context = { file: segment.file.path, offset: cutAt, frames: cutFrames };
      logger.info(context, 'cut off writes that were never acknowledged');
    }
  }
}
