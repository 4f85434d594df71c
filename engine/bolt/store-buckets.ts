/** The buckets of a view of a store, as an etcd snapshot has them. */
import type { ReadTx, Revisions } from '../backend/backend.ts';
import { encodeKeyValue } from '../backend/key-value-message.ts';
import { encodeRevision, REVISION_BYTES } from '../base/revision.ts';
import { CONSISTENT_INDEX, CURRENT_REVISION, encodeCount } from '../mvcc/meta-keys.ts';
import type { BoltBucket } from './bolt-writer.ts';
import {
  ALARM_BUCKET,
  CLUSTER_BUCKET,
  CLUSTER_BUCKETS,
  CLUSTER_VERSION,
  encodeNoSpace,
  KEY_BUCKET,
  LEASE_BUCKET,
  META_BUCKET,
  NOSPACE_KEY,
} from './etcd-buckets.ts';
import type { TreeEntry } from './tree-writer.ts';

export interface Shown {
  /** Of the store, if its last record or compaction does not say it (R89a). */
  readonly raisedRevision: number | undefined;
  readonly memberId: bigint;
}

interface Pair {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

export function storeBuckets(view: ReadTx, shown: Shown): readonly BoltBucket[] {
  const entries = new Map<string, readonly Pair[]>(CLUSTER_BUCKETS.map((name) => [name, []]));
  entries.set(CLUSTER_BUCKET, [CLUSTER_VERSION]);
  entries.set(META_BUCKET, metaEntries(view, shown));
  entries.set(LEASE_BUCKET, pairsOf(view, LEASE_BUCKET));
  entries.set(ALARM_BUCKET, alarmEntries(view, shown));
  return [
    { name: KEY_BUCKET, entries: (isCounting) => keyEntries(view.revisions, isCounting) },
    ...[...entries].map(([name, pairs]) => ({
      name,
      entries: (): Iterable<TreeEntry> =>
        pairs.map(({ key, value }) => ({ key, value, valueBytes: value.length })),
    })),
  ];
}

/** The quota's own alarm is this member's. */
function alarmEntries(view: ReadTx, { memberId }: Shown): readonly Pair[] {
  const alarms = new Map<string, Pair>();
  for (const { key, value } of pairsOf(view, ALARM_BUCKET)) {
    const member = Buffer.compare(key, NOSPACE_KEY) === 0 ? encodeNoSpace(memberId) : key;
    alarms.set(Buffer.from(member).toString('hex'), { key: member, value });
  }
  return [...alarms.values()].sort(byKey);
}

function metaEntries(view: ReadTx, { raisedRevision }: Shown): readonly Pair[] {
  const own = [CONSISTENT_INDEX, CURRENT_REVISION].map((key) => Buffer.from(key));
  const pairs = pairsOf(view, META_BUCKET).filter(
    ({ key }) => !own.some((each) => each.equals(key)),
  );
  // Which entry of a consensus log was applied last means nothing to another cluster.
  pairs.push({ key: CONSISTENT_INDEX, value: encodeCount(0) });
  if (raisedRevision !== undefined) {
    pairs.push({ key: CURRENT_REVISION, value: encodeCount(raisedRevision) });
  }
  return pairs.sort(byKey);
}

const byKey = (a: Pair, b: Pair): number => Buffer.compare(a.key, b.key);

function pairsOf(view: ReadTx, bucket: string): Pair[] {
  const pairs: Pair[] = [];
  view.forEach(bucket, (key, value) => void pairs.push({ key, value }));
  return pairs;
}

/** Of all revisions that are alive, in order. */
function* keyEntries(revisions: Revisions, isCounting: boolean): Generator<TreeEntry, void, void> {
  let ordinal = revisions.nextLeft(0);
  for (; ordinal < revisions.count; ordinal = revisions.nextLeft(ordinal + 1)) {
    if (revisions.isDead(ordinal)) continue;
    const tombstone = revisions.isTombstone(ordinal);
    const stored = revisions.read(ordinal);
    const { main, sub, create, version, lease } = stored;
    const fields = { key: stored.key(), create, mod: tombstone ? 0 : main, version, lease };
    const value = stored.value();
    if (isCounting) {
      const valueBytes = messageBytes(fields, value.length);
      yield { key: tombstone ? SOME_TOMBSTONE : SOME_REVISION, valueBytes };
    } else {
      const message = encodeKeyValue({ ...fields, value });
      const key = encodeRevision(main, sub, tombstone);
      yield { key, value: message, valueBytes: message.length };
    }
  }
}

/** Only their length matters. */
const SOME_REVISION = new Uint8Array(REVISION_BYTES);
const SOME_TOMBSTONE = new Uint8Array(REVISION_BYTES + 1);

interface MessageFields {
  readonly key: string;
  readonly create: number;
  readonly mod: number;
  readonly version: number;
  readonly lease: bigint;
}

/** How long `encodeKeyValue` makes it. */
export function messageBytes(fields: MessageFields, valueBytes: number): number {
  const { key, create, mod, version, lease } = fields;
  const leaseBytes = lease === 0n ? 0 : 1 + bigVarintBytes(BigInt.asUintN(64, lease));
  const texts = textBytes(key.length) + textBytes(valueBytes);
  return texts + numberBytes(create) + numberBytes(mod) + numberBytes(version) + leaseBytes;
}

const textBytes = (bytes: number): number => (bytes === 0 ? 0 : 1 + varintBytes(bytes) + bytes);
const numberBytes = (value: number): number => (value === 0 ? 0 : 1 + varintBytes(value));

function varintBytes(value: number): number {
  let bytes = 1;
  for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes++;
  return bytes;
}

function bigVarintBytes(value: bigint): number {
  let bytes = 1;
  for (let rest = value; rest >= 0x80n; rest >>= 7n) bytes++;
  return bytes;
}
