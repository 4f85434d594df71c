/** What a store takes over from the small buckets of a snapshot, and what it leaves out. */
import { wellKnownNumber } from '../backend/buckets.ts';
import { keyStringOf } from '../base/bytes.ts';
import { decodeRevision, encodeRevision } from '../base/revision.ts';
import { decodeLeaseRecord } from '../lease/lease-record.ts';
import { RECORD_PUT, type RecordFields } from '../log/record.ts';
import {
  CURRENT_REVISION,
  decodeCount,
  encodeCount,
  FINISHED_COMPACTION,
  SCHEDULED_COMPACTION,
} from '../mvcc/meta-keys.ts';
import type { BoltFile } from './bolt-file.ts';
import {
  ALARM_BUCKET,
  type AlarmName,
  decodeAlarm,
  KEY_BUCKET,
  LEASE_BUCKET,
  META_BUCKET,
} from './etcd-buckets.ts';
import { decoded } from './import-records.ts';

/** In one frame. */
const RECORDS_MAX = 1000;
const TAKEN_OVER: readonly string[] = [KEY_BUCKET, META_BUCKET, LEASE_BUCKET, ALARM_BUCKET];

export interface Compactions {
  /** -1: none. */
  readonly scheduled: number;
  readonly finished: number;
  /** A revision that a store has been raised to; 0: none. */
  readonly raised: number;
}

export function readCompactions(file: BoltFile): Compactions {
  let scheduled = -1;
  let finished = -1;
  let raised = 0;
  for (const { page, key, value } of file.entries(META_BUCKET)) {
    if (key.equals(SCHEDULED_COMPACTION)) {
      scheduled = decoded(file, page, () => decodeRevision(value).main);
    } else if (key.equals(FINISHED_COMPACTION)) {
      finished = decoded(file, page, () => decodeRevision(value).main);
    } else if (key.equals(CURRENT_REVISION)) {
      if (value.length !== 8) throw file.corrupt(page, 'the revision it was raised to is cut');
      raised = decodeCount(value);
      if (!Number.isSafeInteger(raised)) throw file.corrupt(page, `it is raised to ${raised}`);
    }
  }
  return { scheduled: Math.max(scheduled, finished), finished, raised };
}

export function metaRecords({ scheduled, finished, raised }: Compactions): RecordFields[] {
  const records: RecordFields[] = [];
  const add = (key: Uint8Array, value: Uint8Array): void => {
    records.push(entryRecord(META_BUCKET, key, value));
  };
  if (scheduled >= 0) add(SCHEDULED_COMPACTION, encodeRevision(scheduled, 0));
  if (finished >= 0) add(FINISHED_COMPACTION, encodeRevision(finished, 0));
  if (raised > 0) add(CURRENT_REVISION, encodeCount(raised));
  return records;
}

/** In lots for a frame each. */
export function* leaseRecords(file: BoltFile): Generator<RecordFields[], void, void> {
  let records: RecordFields[] = [];
  for (const { page, key, value } of file.entries(LEASE_BUCKET)) {
    decoded(file, page, () => decodeLeaseRecord(key, value));
    records.push(entryRecord(LEASE_BUCKET, key, new Uint8Array(value)));
    if (records.length < RECORDS_MAX) continue;
    yield records;
    records = [];
  }
  if (records.length > 0) yield records;
}

export interface AlarmsFound {
  readonly names: readonly AlarmName[];
  /** As they are: a store keeps them as etcd does. */
  readonly records: readonly RecordFields[];
}

export function readAlarms(file: BoltFile): AlarmsFound {
  const names = new Set<AlarmName>();
  const records: RecordFields[] = [];
  for (const { page, key } of file.entries(ALARM_BUCKET)) {
    const name = decodeAlarm(key);
    if (name === undefined) throw file.corrupt(page, 'an alarm is none that is known');
    names.add(name);
    records.push(entryRecord(ALARM_BUCKET, key, new Uint8Array(0)));
  }
  return { names: [...names], records };
}

/** Buckets that hold something for which a store has no place: members, users, roles. */
export function leftOutOf(file: BoltFile): readonly string[] {
  return file.buckets.filter(
    (name) => !TAKEN_OVER.includes(name) && file.entries(name).next().done !== true,
  );
}

const entryRecord = (bucket: string, key: Uint8Array, value: Uint8Array): RecordFields => ({
  kind: RECORD_PUT,
  bucket: wellKnownNumber(bucket),
  key: keyStringOf(key),
  value,
  main: 0,
  sub: 0,
  create: 0,
  version: 0,
  lease: 0n,
});
