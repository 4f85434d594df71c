/**
 * Opening a log backend: the producer scans frames and decodes record headers, and hands the revisions
 * in chunks to the index, which is the consumer. Between chunks the event loop turns.
 */
import type { Logger } from '../base/logger.ts';
import { limits } from '../base/limits.ts';
import { readCheckpoint } from '../log/checkpoint-file.ts';
import type { Log } from '../log/log.ts';
import { emptyView, type FrameSpan, visitRecords } from '../log/log-reader.ts';
import {
  RECORD_BUCKET,
  RECORD_PUT,
  RECORD_REMOVE,
  RECORD_TOMBSTONE,
  type RecordView,
} from '../log/record.ts';
import type { FileSystem } from '../vfs/fs.ts';
import type { BackendState } from './backend-state.ts';
import { type CheckpointState, checkpointState, loadCheckpoint } from './checkpoint.ts';
import type { RevisionIndex } from './revision-index.ts';

export interface RestoreOptions {
  readonly fs: FileSystem;
  readonly directory: string;
  readonly logger: Logger;
  readonly index: RevisionIndex;
  readonly signal: AbortSignal | undefined;
}

export async function restoreLog(
  log: Log,
  state: BackendState,
  options: RestoreOptions,
): Promise<void> {
  const checkpoint = restoreCheckpoint(log, state, options);
  const chunk = new ChunkBuilder(options.index);
  const view = emptyView();
  const removed = emptyView();
  for (const frame of log.recover(checkpoint?.log)) {
    const bytesOf = (ordinal: number): number => {
      const [slot, at] = [state.table.slotOf(ordinal), state.table.placeOf(ordinal)];
      if (slot !== frame.segment.slot) return log.read(slot, at).bytes;
      // The segment that is being scanned is not the cache's yet.
      const { buffer, data, base } = frame.window;
      return Object.assign(removed, { buffer, data, at: at - base }).bytes;
    };
    applyFrame(frame, view, state, chunk, bytesOf);
    if (chunk.count < limits.restoreChunkRecords) continue;
    chunk.flush();
    options.signal?.throwIfAborted();
    await new Promise(setImmediate);
  }
  chunk.flush();
  options.index.finish();
}

function restoreCheckpoint(
  log: Log,
  state: BackendState,
  { fs, directory, index, logger }: RestoreOptions,
): CheckpointState | undefined {
  const chunks = readCheckpoint(fs, directory, log.set.storeId);
  const checkpoint = chunks && checkpointState(chunks);
  if (chunks === undefined || checkpoint === undefined) return undefined;
  const slotOf = new Map(log.set.order.map(({ id, slot }) => [id, slot]));
  if (checkpoint.slotIds.some((id) => id !== 0 && !slotOf.has(id))) {
    logger.info(
      { directory },
      'the checkpoint is older than a rewrite of the log: scanning instead',
    );
    return undefined;
  }
  loadCheckpoint(chunks, checkpoint, state, index, slotOf);
  return checkpoint;
}

function applyFrame(
  frame: FrameSpan,
  view: RecordView,
  state: BackendState,
  chunk: ChunkBuilder,
  bytesOf: (ordinal: number) => number,
): void {
  const { slot } = frame.segment;
  visitRecords(frame, view, (record, place) => {
    const { kind, bucket } = record;
    if (bucket === 0 && (kind === RECORD_PUT || kind === RECORD_TOMBSTONE)) {
      const { main, sub } = record;
      const tombstone = kind === RECORD_TOMBSTONE;
      const ordinal = state.table.append(main, sub, tombstone, slot, place);
      state.liveBytes += record.bytes;
      record.readMetadata();
      chunk.add(ordinal, record, main, tombstone);
    } else if (kind === RECORD_REMOVE && bucket === 0) {
      removeRevision(state, record, bytesOf);
    } else if (kind === RECORD_BUCKET) {
      state.buckets.create(record.key(), bucket);
    } else {
      applyEntry(state, record);
    }
  });
}

function removeRevision(
  state: BackendState,
  record: RecordView,
  bytesOf: (ordinal: number) => number,
): void {
  const { main, sub } = record;
  for (let ordinal = state.table.floor(main); ordinal >= 0; ordinal--) {
    if (state.table.mainOf(ordinal) !== main) return;
    if (state.table.subOf(ordinal) !== sub) continue;
    if (!state.table.isDead(ordinal)) state.kill(ordinal, bytesOf(ordinal));
    return;
  }
}

function applyEntry(state: BackendState, record: RecordView): void {
  const entries = state.buckets.byNumber(record.bucket)?.entries;
  if (entries === undefined) return;
  const value = record.kind === RECORD_PUT ? record.value() : undefined;
  state.setEntry(entries, record.key(), value);
}

/** Collects revisions into re-used arrays and hands them on. */
class ChunkBuilder {
  count = 0;
  readonly #index: RevisionIndex;
  #firstOrdinal = 0;
  readonly #keys: string[] = [];
  readonly #mains: number[] = [];
  readonly #tombstones: boolean[] = [];
  readonly #creates: number[] = [];
  readonly #versions: number[] = [];

  constructor(index: RevisionIndex) {
    this.#index = index;
  }

  add(ordinal: number, record: RecordView, main: number, tombstone: boolean): void {
    const at = this.count++;
    if (at === 0) this.#firstOrdinal = ordinal;
    this.#keys[at] = record.key();
    this.#mains[at] = main;
    this.#tombstones[at] = tombstone;
    this.#creates[at] = record.create;
    this.#versions[at] = record.version;
  }

  flush(): void {
    if (this.count === 0) return;
    this.#index.add({
      firstOrdinal: this.#firstOrdinal,
      count: this.count,
      keys: this.#keys,
      mains: this.#mains,
      tombstones: this.#tombstones,
      creates: this.#creates,
      versions: this.#versions,
    });
    this.count = 0;
  }
}
