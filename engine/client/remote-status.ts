/** What can be known of a store from outside: its server's figures, and what its answers tell. */
import type { Status } from '../types.ts';
import { KV, Lease, Maintenance } from '../wire/generated/rpc_pb.ts';
import { wireRangeOf } from '../wire/key-range.ts';
import type { Calls } from './calls.ts';
import type { Compaction } from './compaction.ts';
import { revisionOf } from './responses.ts';

const ALARM = /\balarm:\s*(NOSPACE|CORRUPT)\b/;
const repeatable = { isRepeatable: true };

/** Watchers are those of other clients, too: nobody tells how many there are. */
export async function statusOf(calls: Calls, compaction: Compaction): Promise<Status> {
  const [server, all, leases, compactRevision] = await Promise.all([
    calls.unary(Maintenance.method.status, {}, repeatable),
    calls.unary(KV.method.range, { ...wireRangeOf({ all: true }), countOnly: true }, repeatable),
    calls.unary(Lease.method.leaseLeases, {}, repeatable),
    compaction.revision(),
  ]);
  const alarms = server.errors.flatMap((text) => ALARM.exec(text)?.[1] ?? []);
  return {
    revision: revisionOf(all.header),
    compactRevision,
    sizeBytes: Number(server.dbSize),
    sizeInUseBytes: Number(server.dbSizeInUse),
    keys: Number(all.count),
    watchers: { synced: 0, unsynced: 0, victims: 0 },
    leases: leases.leases.length,
    alarms: [...new Set(alarms as Status['alarms'])],
  };
}
