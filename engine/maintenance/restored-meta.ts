/** What a restore has to know of a backup's records: the revision it ends at; and what it says anew. */
import { META_BUCKET } from '../backend/backend.ts';
import { wellKnownNumber } from '../backend/buckets.ts';
import { keyStringOf } from '../base/bytes.ts';
import { corrupt, invalidArgument } from '../base/errors.ts';
import { decodeRevision, encodeRevision } from '../base/revision.ts';
import { FRAME_HEADER_BYTES, RECORD_HEADER_BYTES } from '../log/format.ts';
import { emptyView } from '../log/log-reader.ts';
import { RECORD_PUT, type RecordFields } from '../log/record.ts';
import {
  CURRENT_REVISION,
  decodeCount,
  encodeCount,
  FINISHED_COMPACTION,
  SCHEDULED_COMPACTION,
} from '../mvcc/meta-keys.ts';
import type { BackupFrame } from './restore-frames.ts';

const META = wellKnownNumber(META_BUCKET);
const COMPACTIONS: readonly string[] = [SCHEDULED_COMPACTION, FINISHED_COMPACTION].map(keyStringOf);

export class RestoredMeta {
  readonly #path: string;
  readonly #view = emptyView();
  /** As `KvStore` finds it (R89a). */
  #revision = 1;
  readonly #records: RecordFields[] = [];

  constructor(path: string) {
    this.#path = path;
  }

  visit({ header, buffer, data }: BackupFrame): void {
    const view = this.#view;
    view.buffer = buffer;
    view.data = data;
    view.at = FRAME_HEADER_BYTES;
    const end = FRAME_HEADER_BYTES + header.length;
    for (let record = 0; record < header.recordCount; record++) {
      const next = view.at + RECORD_HEADER_BYTES > end ? Number.POSITIVE_INFINITY : view.end;
      if (next > end) throw corrupt(this.#path, 'a record is malformed: take another copy');
      if (view.bucket === 0) this.#revision = Math.max(this.#revision, view.main);
      else if (view.bucket === META) this.#entry(view.key(), view.value());
      view.at = next;
    }
  }

  /** Returns the revision that the store will have. */
  raise(options: { readonly bumpRevision?: number; readonly markCompacted?: boolean }): number {
    const { bumpRevision = 0, markCompacted = false } = options;
    const revision = this.#revision + bumpRevision;
    if (!Number.isSafeInteger(revision)) {
      throw invalidArgument(
        `bumpRevision ${bumpRevision} takes revision ${this.#revision} beyond 2^53: bump by less`,
      );
    }
    if (bumpRevision > 0) this.#add(CURRENT_REVISION, encodeCount(revision));
    if (markCompacted) this.#add(SCHEDULED_COMPACTION, encodeRevision(revision, 0));
    return revision;
  }

  records(): readonly RecordFields[] {
    return this.#records;
  }

  #entry(key: string, value: Uint8Array): void {
    if (COMPACTIONS.includes(key)) {
      this.#revision = Math.max(this.#revision, decodeRevision(value).main);
    } else if (key === keyStringOf(CURRENT_REVISION)) {
      this.#revision = Math.max(this.#revision, decodeCount(value));
    }
  }

  #add(key: Uint8Array, value: Uint8Array): void {
    const plain = { main: 0, sub: 0, create: 0, version: 0, lease: 0n };
    this.#records.push({ ...plain, kind: RECORD_PUT, bucket: META, key: keyStringOf(key), value });
  }
}
