/**
 * What a log backend's checkpoint holds, and the two ways of it: written in slices while the store is in
 * use, or at once when it closes.
 *
 *     section 1  state   what the log says, segment id of each slot                         one chunk
 *     section 2  places  the revision table's columns                                       a chunk each
 *     section 3  index   whatever MVCC's index says                                         as it likes
 *     section 4  entries of the small buckets                                               a few at a time
 *
 * A checkpoint describes the store as of one batch. Later writes do not disturb it while it is written:
 * places below the bound do not change, and the index can tell what it was.
 */
import { pack, unpack } from 'msgpackr/pack';
import { limits } from '../base/limits.ts';
import type { CheckpointChunk } from '../log/checkpoint-file.ts';
import type { LogCheckpoint } from '../log/log.ts';
import { type BackendState } from './backend-state.ts';
import { Buckets, type EntriesImage } from './buckets.ts';
import type { RevisionIndex } from './revision-index.ts';
import type { RevisionColumns } from './revision-chunk.ts';

const STATE = 1;
const PLACES = 2;
const INDEX = 3;
const ENTRIES = 4;

/** The store as of one batch, taken when the batch was cut. */
export interface CheckpointState {
  readonly log: LogCheckpoint;
  /** A clone: later writes do not reach it. Moves do, but they make the checkpoint void. */
  readonly buckets: Buckets;
  /** Ordinals below this. */
  readonly count: number;
  readonly largeSizes: readonly (readonly [ordinal: number, bytes: number])[];
  /** Slots with records that are neither revisions nor entries. */
  readonly mixedSlots: readonly number[];
  /** Segment id by slot, 0 where there is none: slots are numbered anew at every open. */
  readonly slotIds: readonly number[];
}

export function* checkpointChunks(
  state: CheckpointState,
  table: BackendState['table'],
  index: RevisionIndex,
): Generator<CheckpointChunk, void, void> {
  const { buckets, ...stated } = state;
  yield { section: STATE, bytes: pack(stated) };
  for (const image of buckets.images(limits.checkpointSliceKeys)) {
    yield { section: ENTRIES, bytes: pack(image) };
  }
  for (const columns of table.columns(state.count)) {
    yield { section: PLACES, bytes: joinColumns(columns) };
  }
  for (const bytes of index.save(state.count)) yield { section: INDEX, bytes };
}

/** What its first chunk says. */
export type StatedCheckpoint = Omit<CheckpointState, 'buckets'>;

export function checkpointState(chunks: readonly CheckpointChunk[]): StatedCheckpoint | undefined {
  const first = chunks[0];
  return first?.section === STATE ? unpacked<StatedCheckpoint>(first) : undefined;
}

/** From a copy: msgpackr holds on to what it read last, and this is a part of the whole file. */
const unpacked = <T>({ bytes }: CheckpointChunk): T => unpack(new Uint8Array(bytes)) as T;

/** Fills the empty backend state and the index. `slotOf`: today's slot of a segment id. */
export function loadCheckpoint(
  chunks: readonly CheckpointChunk[],
  checkpoint: StatedCheckpoint,
  state: BackendState,
  index: RevisionIndex,
  slotOf: ReadonlyMap<number, number>,
): void {
  const slots = checkpoint.slotIds.map((id) => slotOf.get(id) ?? 0);
  const { table } = state;
  const entries: EntriesImage[] = [];
  for (const chunk of chunks) {
    const { section, bytes } = chunk;
    if (section === ENTRIES) {
      entries.push(unpacked(chunk));
    } else if (section === PLACES) {
      const columns = splitColumns(bytes);
      for (let i = 0; i < columns.slot.length; i++) columns.slot[i] = slots[columns.slot[i]!]!;
      table.restore(columns, checkpoint.count);
    } else if (section === INDEX) {
      index.load(bytes as Buffer);
    }
  }
  table.restoreLargeSizes(checkpoint.largeSizes);
  state.buckets = Buckets.fromImages(entries, slots);
  state.recount();
  for (const slot of checkpoint.mixedSlots) state.space.mix(slots[slot]!);
}

/**
 * u32 rows, u32 1 if the chunk is packed, then for each row main 8, sub 4, slot 2, place 4, size 2, flags 1
 * bytes and, if packed, its place in the chunk 2: column after column.
 */
const HEAD_BYTES = 8;
const BYTES_PER_ROW = 21;
const BYTES_PER_PACKED_ROW = 23;

function joinColumns(columns: RevisionColumns): Uint8Array {
  const { main, sub, at, slot, size, ordinals, flags } = columns;
  const rows = main.length;
  const perRow = ordinals === null ? BYTES_PER_ROW : BYTES_PER_PACKED_ROW;
  const joined = new Uint8Array(HEAD_BYTES + rows * perRow);
  new Uint32Array(joined.buffer, 0, 2).set([rows, ordinals === null ? 0 : 1]);
  let end = HEAD_BYTES;
  for (const column of [main, sub, at, slot, size, ordinals, flags]) {
    if (column === null) continue;
    joined.set(new Uint8Array(column.buffer, column.byteOffset, column.byteLength), end);
    end += column.byteLength;
  }
  return joined;
}

function splitColumns(bytes: Uint8Array): RevisionColumns {
  // Aligned: the copy starts its buffer.
  const { buffer } = new Uint8Array(bytes);
  const [rows = 0, packed = 0] = new Uint32Array(buffer, 0, 2);
  let at = HEAD_BYTES;
  const next = (bytesPerRow: number): number => {
    const start = at;
    at += rows * bytesPerRow;
    return start;
  };
  return {
    main: new Float64Array(buffer, next(8), rows),
    sub: new Uint32Array(buffer, next(4), rows),
    at: new Uint32Array(buffer, next(4), rows),
    slot: new Uint16Array(buffer, next(2), rows),
    size: new Uint16Array(buffer, next(2), rows),
    ordinals: packed === 1 ? new Uint16Array(buffer, next(2), rows) : null,
    flags: new Uint8Array(buffer, next(1), rows),
  };
}
