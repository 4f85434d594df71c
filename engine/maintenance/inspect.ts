/**
 * What the files of a store hold, as plain data: segments and how much of them is alive, records and where
 * they lie, the generations of a key. For tools that explain; nothing here is needed to use a store.
 *
 * Bytes of records, live and dead, leave out what is around them: headers of segments and frames, padding,
 * and what the log notes for itself. So they do not add up to the bytes of the file.
 */
import { BackendState } from '../backend/backend-state.ts';
import { restoreLog } from '../backend/log-restore.ts';
import { keyBytesOf, type KeyString } from '../base/bytes.ts';
import { systemClock } from '../base/clock.ts';
import { invalidArgument } from '../base/errors.ts';
import { silentLogger } from '../base/logger.ts';
import { segmentName } from '../log/format.ts';
import { Log } from '../log/log.ts';
import {
  emptyView,
  type FrameSpan,
  scanActive,
  scanSealed,
  visitRecords,
} from '../log/log-reader.ts';
import {
  RECORD_BUCKET,
  RECORD_COMPACT,
  RECORD_PUT,
  RECORD_REMOVE,
  RECORD_TOMBSTONE,
  type RecordView,
} from '../log/record.ts';
import { KvStore } from '../mvcc/kvstore.ts';
import type { TreeIndex } from '../mvcc/tree-index.ts';
import type { FileSystem } from '../vfs/fs.ts';

export interface SegmentInfo {
  readonly id: number;
  readonly file: string;
  readonly isActive: boolean;
  /** Of the file, what is filled ahead included. */
  readonly fileBytes: number;
  readonly liveBytes: number;
  readonly deadBytes: number;
  /** Sequences of its frames; 0 and 0 if it holds none. */
  readonly firstFrame: number;
  readonly lastFrame: number;
}

export interface RecordInfo {
  readonly segment: number;
  readonly offset: number;
  readonly frame: number;
  readonly kind: 'put' | 'tombstone' | 'remove' | 'bucket' | 'compact';
  readonly bucket: string;
  /** 0 and 0 outside bucket `key`. */
  readonly main: number;
  readonly sub: number;
  readonly key: Uint8Array;
  /** Encoded size, and the part of it that is the value. */
  readonly bytes: number;
  readonly valueBytes: number;
  /** `log`: what the log notes for itself is neither. */
  readonly state: 'live' | 'dead' | 'log';
}

export interface GenerationInfo {
  /** Main revision of its first put; 0 if only its tombstone is left. */
  readonly created: number;
  /** The version of the last put. */
  readonly version: number;
  readonly isOpen: boolean;
  /** Those that are left, oldest first; of a closed generation the last one is the tombstone. */
  readonly revisions: readonly { readonly main: number; readonly sub: number }[];
}

const KINDS: Readonly<Record<number, RecordInfo['kind']>> = {
  [RECORD_PUT]: 'put',
  [RECORD_TOMBSTONE]: 'tombstone',
  [RECORD_REMOVE]: 'remove',
  [RECORD_BUCKET]: 'bucket',
  [RECORD_COMPACT]: 'compact',
};

/** Options that only writing asks for. */
const NEVER_WRITTEN = {
  sync: 'never',
  batchIntervalMs: 0,
  batchLimit: 1,
  segmentSizeBytes: 4096,
  cacheSizeBytes: 0,
} as const;

export class Inspection {
  /** The caller holds the directory's lock until `close`. Throws ERR_CORRUPT where opening does. */
  static async open(fs: FileSystem, directory: string): Promise<Inspection> {
    const log = new Log({
      fs,
      directory,
      readOnly: true,
      clock: systemClock,
      random: () => 0,
      logger: silentLogger,
      ...NEVER_WRITTEN,
    });
    try {
      const state = new BackendState();
      const { index, restore } = KvStore.newIndex(() => 0);
      const logger = silentLogger;
      await restoreLog(log, state, { fs, directory, logger, index: restore, signal: undefined });
      return new Inspection(log, state, index);
    } catch (error) {
      log.close();
      throw error;
    }
  }

  readonly #log: Log;
  readonly #state: BackendState;
  readonly #index: TreeIndex;

  private constructor(log: Log, state: BackendState, index: TreeIndex) {
    this.#log = log;
    this.#state = state;
    this.#index = index;
  }

  /** In log order. */
  segments(): SegmentInfo[] {
    const { space } = this.#state;
    return this.#log.set.order.map((segment) => ({
      id: segment.id,
      file: segmentName(segment.id),
      isActive: !segment.sealed,
      fileBytes: segment.allocated,
      liveBytes: space.liveIn(segment.slot),
      deadBytes: space.deadIn(segment.slot),
      firstFrame: segment.firstSequence,
      lastFrame: segment.lastSequence,
    }));
  }

  /** In log order, frame by frame; of one segment or of all. ERR_INVALID_ARGUMENT if there is no such one. */
  *records(id?: number): Generator<RecordInfo, void, void> {
    const { order } = this.#log.set;
    const chosen = id === undefined ? order : order.filter((segment) => segment.id === id);
    if (chosen.length === 0) {
      const ids = order.map((segment) => segment.id).join(', ');
      throw invalidArgument(`there is no segment ${id}: there are ${ids}`);
    }
    for (const segment of chosen) {
      const frames = segment.sealed ? scanSealed(segment, () => {}) : scanActive(segment);
      for (const frame of frames) yield* this.#recordsOf(frame);
    }
  }

  /** Newest first; none if the key is not known. */
  generations(key: KeyString): GenerationInfo[] {
    const index = this.#index.keyIndex(key);
    if (index === undefined) return [];
    const { table } = this.#state;
    const places = (ordinals: readonly number[]): GenerationInfo['revisions'] =>
      ordinals.map((ordinal) => ({ main: table.mainOf(ordinal), sub: table.subOf(ordinal) }));
    const closed = index.closed.map(({ created, version, revisions }) => ({
      created,
      // The tombstone counts in the index.
      version: version - 1,
      isOpen: false,
      revisions: places(revisions),
    }));
    if (index.isDeleted) return closed.toReversed();
    const { created, version, open } = index;
    return [{ created, version, isOpen: true, revisions: places(open) }, ...closed.toReversed()];
  }

  close(): void {
    this.#log.close();
  }

  #recordsOf(frame: FrameSpan): RecordInfo[] {
    const found: RecordInfo[] = [];
    visitRecords(frame, emptyView(), (record, offset) => {
      found.push({
        segment: frame.segment.id,
        offset,
        frame: frame.sequence,
        kind: KINDS[record.kind] ?? 'put',
        bucket: this.#bucketName(record),
        main: record.main,
        sub: record.sub,
        key: keyBytesOf(record.key()),
        bytes: record.bytes,
        valueBytes: record.valueBytes,
        state: this.#stateOf(record, frame.segment.slot, offset),
      });
    });
    return found;
  }

  #bucketName({ bucket }: RecordView): string {
    const { buckets } = this.#state;
    const isNamed = (name: string): boolean => buckets.get(name).number === bucket;
    return buckets.names().find(isNamed) ?? String(bucket);
  }

  #stateOf(record: RecordView, slot: number, offset: number): RecordInfo['state'] {
    const { kind, bucket } = record;
    const { table, buckets } = this.#state;
    if (kind !== RECORD_PUT && kind !== RECORD_TOMBSTONE) return 'log';
    if (bucket !== 0) {
      const entry = buckets.byNumber(bucket)?.entries.get(record.key());
      return entry?.slot === slot && entry.at === offset ? 'live' : 'dead';
    }
    const { main, sub } = record;
    let ordinal = table.nextLeft(table.floor(main - 1) + 1);
    while (ordinal < table.count && table.mainOf(ordinal) === main && table.subOf(ordinal) < sub) {
      ordinal = table.nextLeft(ordinal + 1);
    }
    const isThere =
      ordinal < table.count && table.slotOf(ordinal) === slot && table.placeOf(ordinal) === offset;
    return isThere && !table.isDead(ordinal) ? 'live' : 'dead';
  }
}
