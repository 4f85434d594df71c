/**
 * Reading by bucket, shared by every backend: the small buckets from their maps, bucket `key` from the
 * revisions, shown as etcd's bytes.
 */
import { keyBytesOf, keyStringOf } from '../base/bytes.ts';
import { decodeRevision, encodeRevision } from '../base/revision.ts';
import {
  type ConcurrentReadTx,
  type Entries,
  KEY_BUCKET,
  type Revisions,
  type StoredRevision,
} from './backend.ts';
import type { Buckets } from './buckets.ts';
import { encodeKeyValue } from './key-value-message.ts';

export class BucketReadTx implements ConcurrentReadTx {
  readonly revisions: Revisions;
  readonly #buckets: () => Buckets;
  readonly #onClose: () => void;

  constructor(revisions: Revisions, buckets: () => Buckets, onClose: () => void = () => {}) {
    this.revisions = revisions;
    this.#buckets = buckets;
    this.#onClose = onClose;
  }

  close(): void {
    this.#onClose();
  }

  buckets(): readonly string[] {
    return this.#buckets().names();
  }

  range(bucket: string, key: Uint8Array, end?: Uint8Array, limit = 0): Entries {
    const keys: Uint8Array[] = [];
    const values: Uint8Array[] = [];
    const exact = end === undefined || end.length === 0;
    const most = exact ? 1 : limit > 0 ? limit : Number.POSITIVE_INFINITY;
    const visit = (entryKey: Uint8Array, value: Uint8Array): boolean => {
      keys.push(entryKey);
      values.push(value);
      return keys.length < most;
    };
    if (bucket === KEY_BUCKET) {
      const first = lowerOrdinal(this.revisions, key);
      const upper = exact ? Math.min(first + 1, this.revisions.count) : this.revisions.count;
      visitRevisions(this.revisions, first, upper, (entryKey, value) => {
        const inside = exact ? equal(entryKey, key) : Buffer.compare(entryKey, end) < 0;
        return inside && visit(entryKey, value);
      });
      return { keys, values };
    }
    const { entries } = this.#buckets().get(bucket);
    const low = keyStringOf(key);
    const high = exact ? low : keyStringOf(end);
    entries.forRange(low, high, exact, (entryKey, { value }) => {
      if (!visit(keyBytesOf(entryKey), keyBytesOf(value))) return { break: true };
      return undefined;
    });
    return { keys, values };
  }

  forEach(bucket: string, visit: (key: Uint8Array, value: Uint8Array) => void): void {
    if (bucket === KEY_BUCKET) {
      visitRevisions(this.revisions, 0, this.revisions.count, (key, value) => {
        visit(key, value);
        return true;
      });
      return;
    }
    // A copy of the order: the visitor may write.
    for (const [key, { value }] of this.#buckets().get(bucket).entries.toArray()) {
      visit(keyBytesOf(key), keyBytesOf(value));
    }
  }
}

/** etcd's bytes of one record: revision key, and KeyValue message (a tombstone holds its key only). */
export function revisionEntry(
  revisions: Revisions,
  ordinal: number,
): { readonly key: Uint8Array; readonly value: Uint8Array } {
  const tombstone = revisions.isTombstone(ordinal);
  const stored: StoredRevision = revisions.read(ordinal);
  const { main, sub, create, version, lease } = stored;
  return {
    key: encodeRevision(main, sub, tombstone),
    value: encodeKeyValue({
      key: stored.key(),
      mod: tombstone ? 0 : main,
      value: stored.value(),
      create,
      version,
      lease,
    }),
  };
}

/** The first ordinal whose revision is not below this revision key. */
export function lowerOrdinal(revisions: Revisions, key: Uint8Array): number {
  const { main, sub, tombstone } = decodeBound(key);
  let ordinal = revisions.nextLeft(revisions.floor(main - 1) + 1);
  const from = 2 * sub + (tombstone ? 1 : 0);
  while (
    ordinal < revisions.count &&
    revisions.mainOf(ordinal) === main &&
    2 * revisions.subOf(ordinal) + (revisions.isTombstone(ordinal) ? 1 : 0) < from
  ) {
    ordinal = revisions.nextLeft(ordinal + 1);
  }
  return ordinal;
}

/** The smallest key, an empty one, stands for the beginning. */
const decodeBound = (key: Uint8Array): ReturnType<typeof decodeRevision> =>
  key.length === 0 ? { main: 0, sub: 0, tombstone: false } : decodeRevision(key);

function visitRevisions(
  revisions: Revisions,
  first: number,
  upper: number,
  visit: (key: Uint8Array, value: Uint8Array) => boolean,
): void {
  let ordinal = revisions.nextLeft(first);
  for (; ordinal < upper; ordinal = revisions.nextLeft(ordinal + 1)) {
    if (revisions.isDead(ordinal)) continue;
    const { key, value } = revisionEntry(revisions, ordinal);
    if (!visit(key, value)) return;
  }
}

const equal = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;
