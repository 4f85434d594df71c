/** etcd's records, as they lie in bucket `key` of a snapshot, to records of the log: whole transactions a frame. */
import {
  decodeKeyValue,
  encodeKeyValue,
  type KeyValueMessage,
} from '../backend/key-value-message.ts';
import { crc32c } from '../base/crc32c.ts';
import { VarveError } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import { decodeRevision, type RevisionParts } from '../base/revision.ts';
import { alignUp, FRAME_DATA, FRAME_HEADER_BYTES } from '../log/format.ts';
import {
  encodeRecord,
  RECORD_PUT,
  RECORD_TOMBSTONE,
  type RecordFields,
  recordBytesMax,
} from '../log/record.ts';
import type { BackupFrame } from '../maintenance/restore-frames.ts';
import type { BoltEntry, BoltFile } from './bolt-file.ts';
import { KEY_BUCKET } from './etcd-buckets.ts';

/** What is known of the records when all have been seen. */
export interface Seen {
  records: number;
  lastMain: number;
  /** CRC-32C of their keys and values, one after another. */
  checksum: number;
}

/** Frames that hold every record of the file, in order. */
export function* importedFrames(file: BoltFile, seen: Seen): Generator<BackupFrame, void, void> {
  let frame: RecordFields[] = [];
  let bytes = 0;
  let last: RevisionParts = { main: 0, sub: 0 };
  for (const entry of file.entries(KEY_BUCKET)) {
    const record = recordOf(file, entry);
    const { main, sub } = record;
    if (main === last.main && sub === last.sub) {
      throw file.corrupt(entry.page, `revision ${main}.${sub} is there twice`);
    }
    if (bytes >= limits.framePayloadBytesTarget && main !== last.main) {
      yield frameOf(frame, bytes);
      frame = [];
      bytes = 0;
    }
    last = { main, sub };
    frame.push(record);
    bytes += recordBytesMax(record);
    seen.records++;
    seen.lastMain = main;
    seen.checksum = crc32c(entry.value, crc32c(entry.key, seen.checksum));
  }
  if (frame.length > 0) yield frameOf(frame, bytes);
}

function recordOf(file: BoltFile, { page, key, value }: BoltEntry): RecordFields {
  const { main, sub, tombstone } = decoded(file, page, () => decodeRevision(key));
  const where = `revision ${main}.${sub}`;
  const message = decoded(file, page, () => decodeKeyValue(value));
  if (main < 1 || sub > SUB_MAX) throw file.corrupt(page, `${where} is none that etcd gives`);
  const isSame = Buffer.from(encodeKeyValue(message)).equals(value);
  if (!isSame) throw file.corrupt(page, `${where} is not encoded as etcd encodes it`);
  const problem = tombstone ? tombstoneProblem(message) : putProblem(message, main);
  if (problem !== undefined) throw file.corrupt(page, `${where} ${problem}`);
  const { create, version, lease } = message;
  const kind = tombstone ? RECORD_TOMBSTONE : RECORD_PUT;
  const bytes = message.value;
  return { bucket: 0, kind, main, sub, create, version, lease, key: message.key, value: bytes };
}

const SUB_MAX = 0xffff_ffff;

function tombstoneProblem({
  create,
  mod,
  version,
  lease,
  value,
}: KeyValueMessage): string | undefined {
  const isBare = create === 0 && mod === 0 && version === 0 && lease === 0n && value.length === 0;
  return isBare ? undefined : 'is a tombstone with more than a key';
}

function putProblem({ create, mod, version }: KeyValueMessage, main: number): string | undefined {
  if (mod !== main) return `says that it was made at revision ${mod}`;
  if (create < 1 || create > main) return `says that its key was created at revision ${create}`;
  if (version < 1 || !Number.isSafeInteger(version)) return `has version ${version}`;
  return undefined;
}

/** `bytesMax`: as much as the records can take. */
function frameOf(records: readonly RecordFields[], bytesMax: number): BackupFrame {
  const bytes = Buffer.alloc(alignUp(FRAME_HEADER_BYTES + bytesMax, 8));
  const data = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let end = FRAME_HEADER_BYTES;
  for (const record of records) end = encodeRecord(bytes, data, end, record);
  const header = {
    length: end - FRAME_HEADER_BYTES,
    recordCount: records.length,
    firstRevision: records[0]!.main,
    sequence: 0,
    durableSequence: 0,
    kind: FRAME_DATA,
  };
  const buffer = bytes.subarray(0, alignUp(end, 8)).fill(0, end);
  return { header, buffer, data };
}

/** What cannot be decoded is damage of the file. */
export function decoded<T>(file: BoltFile, page: number, decode: () => T): T {
  try {
    return decode();
  } catch (error) {
    if (error instanceof VarveError) throw file.corrupt(page, error.message);
    throw error;
  }
}
