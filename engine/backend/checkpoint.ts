/**
 * What a log backend's checkpoint holds, and the two ways of it: written in slices while the store is in
 * use, or at once when it closes.
 *
 *     section 1  state   what the log says, buckets, live bytes, segment id of each slot   one chunk
 *     section 2  places  the revision table's columns                                       a chunk each
 *     section 3  index   whatever MVCC's index says                                         as it likes
 *
 * A checkpoint describes the store as of one batch. Later writes do not disturb it while it is written:
 * places below the bound do not change, and the index can tell what it was.
 */
import { pack, unpack } from 'msgpackr';
import type { CheckpointChunk } from '../log/checkpoint-file.ts';
import type { LogCheckpoint } from '../log/log.ts';
import { type BackendState } from './backend-state.ts';
import { Buckets, type BucketsImage } from './buckets.ts';
import type { RevisionIndex } from './revision-index.ts';
import type { RevisionColumns } from './revision-table.ts';

const STATE = 1;
const PLACES = 2;
const INDEX = 3;

/** The store as of one batch, taken when the batch was cut. */
export interface CheckpointState {
  readonly log: LogCheckpoint;
  /** Ordinals below this. */
  readonly count: number;
  readonly liveBytes: number;
  readonly buckets: BucketsImage;
  /** Segment id by slot, 0 where there is none: slots are numbered anew at every open. */
  readonly slotIds: readonly number[];
}

export function* checkpointChunks(
  state: CheckpointState,
  table: BackendState['table'],
  index: RevisionIndex,
): Generator<CheckpointChunk, void, void> {
  yield { section: STATE, bytes: pack(state) };
  for (const columns of table.columns(state.count)) {
    yield { section: PLACES, bytes: joinColumns(columns) };
  }
  for (const bytes of index.save(state.count)) yield { section: INDEX, bytes };
}

export function checkpointState(chunks: readonly CheckpointChunk[]): CheckpointState | undefined {
  const first = chunks[0];
  // A copy: msgpackr holds on to what it read last, and this is a part of the whole file.
  return first?.section === STATE
    ? (unpack(new Uint8Array(first.bytes)) as CheckpointState)
    : undefined;
}

/** Fills the empty backend state and the index. `slotOf`: today's slot of a segment id. */
export function loadCheckpoint(
  chunks: readonly CheckpointChunk[],
  checkpoint: CheckpointState,
  state: BackendState,
  index: RevisionIndex,
  slotOf: ReadonlyMap<number, number>,
): void {
  state.buckets = Buckets.fromImage(checkpoint.buckets);
  state.liveBytes = checkpoint.liveBytes;
  const slots = checkpoint.slotIds.map((id) => slotOf.get(id) ?? -1);
  for (const { section, bytes } of chunks) {
    if (section === PLACES) {
      const columns = splitColumns(bytes);
      for (let i = 0; i < columns.slot.length; i++) columns.slot[i] = slots[columns.slot[i]!]!;
      state.table.restore(columns);
    } else if (section === INDEX) {
      index.load(bytes as Buffer);
    }
  }
}

/** Main 8, sub 4, slot 4, place 4, flags 1 bytes for each revision, column after column. */
const BYTES_PER_REVISION = 21;

function joinColumns({ main, sub, slot, at, flags }: RevisionColumns): Uint8Array {
  const joined = new Uint8Array(main.length * BYTES_PER_REVISION);
  let end = 0;
  for (const column of [main, sub, slot, at, flags]) {
    joined.set(new Uint8Array(column.buffer, column.byteOffset, column.byteLength), end);
    end += column.byteLength;
  }
  return joined;
}

function splitColumns(bytes: Uint8Array): RevisionColumns {
  const count = bytes.length / BYTES_PER_REVISION;
  // Aligned: the copy starts its buffer.
  const { buffer } = new Uint8Array(bytes);
  return {
    main: new Float64Array(buffer, 0, count),
    sub: new Uint32Array(buffer, count * 8, count),
    slot: new Uint32Array(buffer, count * 12, count),
    at: new Uint32Array(buffer, count * 16, count),
    flags: new Uint8Array(buffer, count * 20, count),
  };
}
