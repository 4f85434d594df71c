/** What the store keeps about itself in bucket `meta`: well-formed, and no contradiction (R89a). */
import { META_BUCKET, type ReadTx } from '../backend/backend.ts';
import { VarveError } from '../base/errors.ts';
import { decodeRevision } from '../base/revision.ts';
import {
  CONSISTENT_INDEX,
  CURRENT_REVISION,
  decodeCount,
  FINISHED_COMPACTION,
  SCHEDULED_COMPACTION,
} from './meta-keys.ts';
import type { Report } from './verify-index.ts';

const ADVICE = 'restore a backup, and report this';

/** `currentRevision`: what the store goes by. */
export function verifyMeta(tx: ReadTx, currentRevision: number, report: Report): void {
  const scheduled = compaction(tx, SCHEDULED_COMPACTION, report);
  const finished = compaction(tx, FINISHED_COMPACTION, report);
  if (finished > scheduled) {
    report(
      `bucket meta: the compaction at ${finished} is finished, and the last one scheduled is ${scheduled}: ${ADVICE}`,
    );
  }
  const newest = Math.max(scheduled, count(tx, CURRENT_REVISION, report));
  const { revisions } = tx;
  const last = revisions.count === 0 ? 1 : revisions.mainOf(revisions.count - 1);
  if (Math.max(newest, last) > currentRevision) {
    report(
      `the store is at revision ${currentRevision}, and bucket meta and the log are at ${newest} and ${last}: ${ADVICE}`,
    );
  }
  count(tx, CONSISTENT_INDEX, report);
}

/** -1 if there is none. */
function compaction(tx: ReadTx, key: Uint8Array, report: Report): number {
  const stored = tx.range(META_BUCKET, key).values[0];
  if (stored === undefined) return -1;
  try {
    return decodeRevision(stored).main;
  } catch (error) {
    if (!(error instanceof VarveError)) throw error;
    report(`bucket meta, ${textOf(key)}: ${error.message}: ${ADVICE}`);
    return -1;
  }
}

/** 0 if there is none. */
function count(tx: ReadTx, key: Uint8Array, report: Report): number {
  const stored = tx.range(META_BUCKET, key).values[0];
  if (stored === undefined) return 0;
  if (stored.length === 8) return decodeCount(stored);
  report(`bucket meta, ${textOf(key)}: ${stored.length} bytes, and 8 are expected: ${ADVICE}`);
  return 0;
}

const textOf = (key: Uint8Array): string => Buffer.from(key).toString();
