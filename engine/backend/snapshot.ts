/**
 * A copy of everything that is alive, as the bytes of one segment file: whoever can read a segment can
 * read a snapshot, whatever backend made it. Frames are cut anew; nothing of the source's layout shows.
 *
 * The chunks are made as they are asked for. Given a private view, what is written, compacted or cleaned
 * between two of them does not show.
 */
import { keyStringOf } from '../base/bytes.ts';
import { limits } from '../base/limits.ts';
import {
  alignUp,
  encodeSegmentHeader,
  FRAME_DATA,
  FRAME_HEADER_BYTES,
  SECTOR_BYTES,
  SEGMENT_HEADER_BYTES,
  segmentSalt,
  writeFrameHeader,
} from '../log/format.ts';
import {
  encodeRecord,
  RECORD_BUCKET,
  RECORD_PUT,
  RECORD_TOMBSTONE,
  type RecordFields,
  recordBytesMax,
} from '../log/record.ts';
import { KEY_BUCKET, type ReadTx } from './backend.ts';
import { FIRST_FREE_NUMBER, wellKnownNumber } from './buckets.ts';

export const SNAPSHOT_STORE = '0000000000000000';
export const SNAPSHOT_SEGMENT = 1;

export function* snapshotChunks(tx: ReadTx): Generator<Uint8Array, void, void> {
  const salt = segmentSalt(SNAPSHOT_STORE, SNAPSHOT_SEGMENT);
  yield encodeSegmentHeader({ id: SNAPSHOT_SEGMENT, storeId: SNAPSHOT_STORE, capacityBytes: 0 });
  let base = SEGMENT_HEADER_BYTES;
  let sequence = 1;
  for (const records of framesOf(tx)) {
    const most = records.reduce((sum, record) => sum + recordBytesMax(record), 0);
    const buffer = Buffer.alloc(alignUp(FRAME_HEADER_BYTES + most, SECTOR_BYTES));
    const data = new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength);
    let end = FRAME_HEADER_BYTES;
    for (const record of records) end = encodeRecord(buffer, data, end, record);
    writeFrameHeader({ buffer, data, base }, base, salt, {
      length: end - FRAME_HEADER_BYTES,
      recordCount: records.length,
      sequence,
      durableSequence: sequence - 1,
      firstRevision: records.find(({ main }) => main > 0)?.main ?? 0,
      kind: FRAME_DATA,
    });
    const length = alignUp(end, SECTOR_BYTES);
    yield buffer.fill(0, end, length).subarray(0, length);
    base += length;
    sequence++;
  }
}

function* framesOf(tx: ReadTx): Generator<RecordFields[], void, void> {
  let frame: RecordFields[] = [];
  let bytes = 0;
  for (const record of recordsOf(tx)) {
    frame.push(record);
    bytes += recordBytesMax(record);
    if (bytes < limits.framePayloadBytesTarget) continue;
    yield frame;
    frame = [];
    bytes = 0;
  }
  if (frame.length > 0) yield frame;
}

function* recordsOf(tx: ReadTx): Generator<RecordFields, void, void> {
  const plain = { main: 0, sub: 0, create: 0, version: 0, lease: 0n };
  let nextNumber = FIRST_FREE_NUMBER;
  for (const name of tx.buckets()) {
    if (name === KEY_BUCKET) continue;
    let bucket = wellKnownNumber(name);
    if (bucket < 0) {
      bucket = nextNumber++;
      yield { ...plain, kind: RECORD_BUCKET, bucket, key: keyStringOf(name), value: '' };
    }
    const entries: RecordFields[] = [];
    tx.forEach(name, (key, value) => {
      entries.push({ ...plain, kind: RECORD_PUT, bucket, key: keyStringOf(key), value });
    });
    yield* entries;
  }
  const { revisions } = tx;
  let ordinal = revisions.nextLeft(0);
  for (; ordinal < revisions.count; ordinal = revisions.nextLeft(ordinal + 1)) {
    if (revisions.isDead(ordinal)) continue;
    const stored = revisions.read(ordinal);
    const { main, sub, create, version, lease } = stored;
    const kind = revisions.isTombstone(ordinal) ? RECORD_TOMBSTONE : RECORD_PUT;
    const key = stored.key();
    yield { kind, bucket: 0, main, sub, create, version, lease, key, value: stored.value() };
  }
}
