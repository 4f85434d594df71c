/**
 * HashKV (R140-R145): etcd's own number for the history up to a revision, the same on every store that went
 * through the same. It is the CRC-32C of the word "key" and then, in revision order, of each record: the
 * bytes of its revision (R6) and its KeyValue message (R7).
 *
 * Which records count does not depend on whether compaction has removed anything yet. Above the compacted
 * revision C all do. At or below C it is no tombstone (R142, R145), and of the puts it is those that a read
 * at the hashed revision sees (R141); if such a read sees nothing at all, those that a read at C sees.
 *
 *     records    2 put a    3 put b    4 put a    5 delete b    6 put c        C = 4
 *     hash at 4  -          3 put b    4 put a
 *     hash at 6  -          -          4 put a    5 delete b    6 put c
 */
import type { StoredRevision } from '../backend/backend.ts';
import {
  KEY_VALUE_FRAME_BYTES,
  writeBeforeValue,
  writeLease,
} from '../backend/key-value-message.ts';
import type { KeyString } from '../base/bytes.ts';
import { crc32c } from '../base/crc32c.ts';
import { CompactedError, futureRevision } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import { REVISION_BYTES, writeRevision } from '../base/revision.ts';
import type { HashResult } from '../types.ts';
import type { KvState } from './kvstore-read.ts';

/** What looking at a record costs beside its bytes, in bytes. */
const RECORD_COST = 64;

/** 0: the current revision. Yields between slices; the records it needs must not be removed meanwhile. */
export function* hashRevisions(
  state: KvState,
  revision: number,
): Generator<void, HashResult, void> {
  const { revisions, compactRevision, currentRevision } = state;
  if (revision > currentRevision) throw futureRevision();
  if (revision > 0 && revision < compactRevision) throw new CompactedError(compactRevision);
  const upper = revisions.floor(revision === 0 ? currentRevision : revision);
  const compacted = Math.min(upper, revisions.floor(compactRevision));
  const seesAny = compacted >= 0 && (yield* isAnyAlive(state, upper));
  const keptAt = seesAny ? upper : compacted;

  const hasher = new RevisionHasher();
  let slice = limits.backgroundSliceBytes;
  let ordinal = revisions.nextLeft(0);
  for (; ordinal <= upper; ordinal = revisions.nextLeft(ordinal + 1)) {
    slice -= RECORD_COST;
    if (slice <= 0) {
      yield;
      slice = limits.backgroundSliceBytes;
    }
    if (revisions.isDead(ordinal)) continue;
    const stored = revisions.read(ordinal);
    const key = stored.key();
    if (ordinal <= compacted && !isSeen(state, key, ordinal, keptAt)) continue;
    hasher.add(key, stored, revisions.isTombstone(ordinal));
    slice -= stored.bytes;
  }
  return { hash: hasher.hash, compactRevision, revision: currentRevision };
}

/** Whether a read at ordinal `at` sees any key: mostly the newest record tells. */
function* isAnyAlive(state: KvState, at: number): Generator<void, boolean, void> {
  const { revisions } = state;
  for (let ordinal = at; ordinal >= 0; ordinal--) {
    if ((ordinal & 0xfff) === 0) yield;
    if (revisions.isDead(ordinal) || revisions.isTombstone(ordinal)) continue;
    if (isSeen(state, revisions.read(ordinal).key(), ordinal, at)) return true;
  }
  return false;
}

/** Never a tombstone. */
const isSeen = ({ index }: KvState, key: KeyString, ordinal: number, at: number): boolean =>
  index.keyIndex(key)?.revisionAt(at) === ordinal;

/** The checksum of records, one after another, through one buffer. */
class RevisionHasher {
  #buffer: Buffer = Buffer.alloc(0);
  #data: DataView = new DataView(this.#buffer.buffer);
  hash: number = crc32c(Buffer.from('key'));

  add(key: KeyString, stored: StoredRevision, tombstone: boolean): void {
    const { main, sub, create, version, lease } = stored;
    const value = stored.value();
    this.#reserve(REVISION_BYTES + 1 + KEY_VALUE_FRAME_BYTES + key.length);
    const buffer = this.#buffer;
    const at = writeRevision(this.#data, main, sub, tombstone);
    const fields = { key, create, mod: tombstone ? 0 : main, version, lease };
    const end = writeBeforeValue(buffer, at, fields, value.length);
    this.hash = crc32c(value, crc32c(buffer, this.hash, end));
    if (lease !== 0n) this.hash = crc32c(buffer, this.hash, writeLease(buffer, 0, lease));
  }

  #reserve(bytes: number): void {
    if (this.#buffer.length >= bytes) return;
    this.#buffer = Buffer.allocUnsafeSlow(bytes * 2);
    this.#data = new DataView(this.#buffer.buffer);
  }
}
