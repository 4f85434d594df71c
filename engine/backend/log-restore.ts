/**
 * Opening a log backend: the producer scans frames and decodes record headers, and hands the revisions
 * in chunks to the index, which is the consumer. Between chunks the event loop turns.
 */
import { keyStringOf } from '../base/bytes.ts';
import type { Logger } from '../base/logger.ts';
import { limits } from '../base/limits.ts';
import { readCheckpoint } from '../log/checkpoint-file.ts';
import type { Log } from '../log/log.ts';
import { emptyView, type FrameSpan, visitRecords } from '../log/log-reader.ts';
import {
  RECORD_BUCKET,
  RECORD_COMPACT,
  RECORD_PUT,
  RECORD_REMOVE,
  RECORD_TOMBSTONE,
  type RecordView,
} from '../log/record.ts';
import type { FileSystem } from '../vfs/fs.ts';
import type { BackendState } from './backend-state.ts';
import { type StatedCheckpoint, checkpointState, loadCheckpoint } from './checkpoint.ts';
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
  const { checkpoint, claimed } = restoreCheckpoint(log, state, options);
  const chunk = new ChunkBuilder(options.index);
  const view = emptyView();
  for (const frame of log.recover(checkpoint?.log, claimed)) {
    applyFrame(frame, view, state, chunk);
    if (chunk.count < limits.restoreChunkRecords) continue;
    chunk.flush();
    options.signal?.throwIfAborted();
    await new Promise(setImmediate);
  }
  chunk.flush();
  const hasRemovals = state.removals > 0;
  options.index.finish(hasRemovals ? (ordinal) => state.table.isDead(ordinal) : undefined);
}

/** `claimed`: the last frame that the checkpoint knows as durable, whether or not its places are of use. */
function restoreCheckpoint(
  log: Log,
  state: BackendState,
  { fs, directory, index, logger }: RestoreOptions,
): { readonly checkpoint: StatedCheckpoint | undefined; readonly claimed: number } {
  const chunks = readCheckpoint(fs, directory, log.set.storeId);
  const checkpoint = chunks && checkpointState(chunks);
  if (chunks === undefined || checkpoint === undefined) {
    return { checkpoint: undefined, claimed: 0 };
  }
  const claimed = checkpoint.log.sequence;
  const slotOf = new Map(log.set.order.map(({ id, slot }) => [id, slot]));
  if (checkpoint.slotIds.some((id) => id !== 0 && !slotOf.has(id))) {
    logger.info(
      { directory },
      'the checkpoint is older than a rewrite of the log: scanning instead',
    );
    return { checkpoint: undefined, claimed };
  }
  loadCheckpoint(chunks, checkpoint, state, index, slotOf);
  return { checkpoint, claimed };
}

function applyFrame(
  frame: FrameSpan,
  view: RecordView,
  state: BackendState,
  chunk: ChunkBuilder,
): void {
  const { slot } = frame.segment;
  visitRecords(frame, view, (record, place) => {
    const { kind, bucket } = record;
    if (kind >= RECORD_REMOVE) state.space.mix(slot);
    if (bucket === 0 && (kind === RECORD_PUT || kind === RECORD_TOMBSTONE)) {
      const { main, sub } = record;
      const tombstone = kind === RECORD_TOMBSTONE;
      const ordinal = state.append(main, sub, tombstone, slot, place, record.bytes);
      record.readMetadata();
      chunk.add(ordinal, record, main, tombstone);
    } else if (kind === RECORD_REMOVE && bucket === 0) {
      removeRevision(state, record);
    } else if (kind === RECORD_COMPACT) {
      state.applyRemovals(record.value());
    } else if (kind === RECORD_BUCKET) {
      state.buckets.create(record.key(), bucket);
    } else {
      applyEntry(state, record, slot, place);
    }
  });
}

function removeRevision(state: BackendState, record: RecordView): void {
  const { table } = state;
  const { main, sub } = record;
  let ordinal = table.nextLeft(table.floor(main - 1) + 1);
  while (ordinal < table.count && table.mainOf(ordinal) === main && table.subOf(ordinal) < sub) {
    ordinal = table.nextLeft(ordinal + 1);
  }
  if (ordinal === table.count || table.mainOf(ordinal) !== main) return;
  if (table.subOf(ordinal) === sub && !table.isDead(ordinal)) state.kill(ordinal);
}

function applyEntry(state: BackendState, record: RecordView, slot: number, at: number): void {
  const entries = state.buckets.byNumber(record.bucket)?.entries;
  if (entries === undefined) return;
  const entry =
    record.kind === RECORD_PUT ? { value: keyStringOf(record.value()), slot, at } : undefined;
  state.setEntry(entries, record.key(), entry);
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
