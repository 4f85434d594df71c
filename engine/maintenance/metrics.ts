/**
 * What a store tells about itself: etcd's names where etcd has the same thing, `varve_` before the rest.
 * Counted as it goes are only plain numbers; everything else is asked when somebody asks.
 */
import type { Lessor } from '../lease/lessor.ts';
import type { WatchableStore } from '../watch/watchable-store.ts';
import type { Maintenance } from './maintenance.ts';
import { exposition, type Metric } from './prometheus.ts';

/** What the store counts as it goes, as plain numbers. */
export interface Counters {
  puts: number;
  deletes: number;
  txns: number;
}

/** What watches and holds leases. */
export interface Observed {
  readonly watchable: WatchableStore;
  readonly lessor: Lessor;
}

export function metricsText(
  maintenance: Maintenance,
  counters: Counters,
  observed: Observed,
): string {
  return exposition([
    ...requests(counters, maintenance),
    ...keys(maintenance),
    ...watches(observed),
    ...leases(observed),
    ...disk(maintenance),
    ...background(maintenance),
  ]);
}

function requests({ puts, deletes, txns }: Counters, { context: { kv } }: Maintenance): Metric[] {
  return [
    counter('etcd_mvcc_put_total', 'Calls of put.', puts),
    counter('etcd_mvcc_delete_total', 'Calls of delete.', deletes),
    counter('etcd_mvcc_txn_total', 'Calls of txn.', txns),
    counter('etcd_mvcc_range_total', 'Reads of a key or a range.', kv.reads),
  ];
}

function keys({ context: { kv, backend } }: Maintenance): Metric[] {
  return [
    gauge('etcd_debugging_mvcc_keys_total', 'Keys that exist now.', kv.index.liveCount),
    gauge('etcd_debugging_mvcc_current_revision', 'The current revision.', kv.rev()),
    gauge(
      'etcd_debugging_mvcc_compact_revision',
      'The revision of the last compaction, -1 if there was none.',
      kv.firstRev(),
    ),
    gauge(
      'varve_durable_revision',
      'Revision of the last record on disk.',
      backend.durableRevision(),
    ),
    gauge(
      'varve_indexed_keys',
      'Keys in the index: those that exist, and deleted ones that still have history.',
      kv.index.size,
    ),
  ];
}

function watches({ watchable }: Observed): Metric[] {
  const { synced, unsynced, victims } = watchable.counts;
  return [
    gauge('etcd_debugging_mvcc_watch_stream_total', 'Watch streams.', watchable.streamCount),
    gauge('etcd_debugging_mvcc_watcher_total', 'Watchers.', synced + unsynced + victims),
    gauge(
      'etcd_debugging_mvcc_slow_watcher_total',
      'Watchers that are behind, or wait for room.',
      unsynced + victims,
    ),
    counter(
      'etcd_debugging_mvcc_events_total',
      'Events handed to watch streams.',
      watchable.eventCount,
    ),
    gauge(
      'etcd_debugging_mvcc_pending_events_total',
      'Events that wait for their consumers.',
      watchable.queuedEvents,
    ),
  ];
}

function leases({ lessor }: Observed): Metric[] {
  return [gauge('varve_leases', 'Leases that exist now.', lessor.size)];
}

function disk({ context: { backend }, quota }: Maintenance): Metric[] {
  const metrics = [
    gauge('etcd_mvcc_db_total_size_in_bytes', 'Bytes of the files of the log.', backend.size()),
    gauge(
      'etcd_mvcc_db_total_size_in_use_in_bytes',
      'Bytes of the records that are part of the store.',
      backend.sizeInUse(),
    ),
    gauge(
      'etcd_server_quota_backend_bytes',
      'The most bytes that may be in use, 0 for no bound.',
      quota.quotaBytes,
    ),
    gauge(
      'varve_failed',
      '1 after a write or sync failed: nothing more is written.',
      backend.failure() === undefined ? 0 : 1,
    ),
  ];
  const histogram = backend.syncDurations();
  if (histogram === undefined) return metrics;
  const name = 'etcd_disk_wal_fsync_duration_seconds';
  const help = 'How long commits took to sync the log.';
  return [...metrics, { name, help, type: 'histogram', histogram }];
}

function background({ context: { backend }, pins, quota, pendingJobs }: Maintenance): Metric[] {
  return [
    gauge(
      'etcd_mvcc_db_open_read_transactions',
      'Private views that are open, such as that of a backup.',
      backend.openReadTxN(),
    ),
    gauge('varve_pins', 'Snapshots and jobs that hold compaction back.', pins.count),
    gauge('varve_compaction_pending', 'Compactions that are not through.', pendingJobs),
    {
      name: 'varve_alarm',
      help: '1 while the alarm is on.',
      type: 'gauge',
      samples: [{ labels: { type: 'NOSPACE' }, value: quota.alarms.includes('NOSPACE') ? 1 : 0 }],
    },
  ];
}

const counter = (name: string, help: string, value: number): Metric => ({
  name,
  help,
  type: 'counter',
  samples: [{ value }],
});
const gauge = (name: string, help: string, value: number): Metric => ({
  name,
  help,
  type: 'gauge',
  samples: [{ value }],
});
