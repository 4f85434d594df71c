/** What survived, written to the new store's log. */
import { FIRST_FREE_NUMBER } from '../backend/buckets.ts';
import { limits } from '../base/limits.ts';
import { emptyView } from '../log/log-reader.ts';
import { RECORD_BUCKET, RECORD_PUT, type RecordFields } from '../log/record.ts';
import type { File } from '../vfs/fs.ts';
import type { RestoredLog } from './restored-log.ts';
import type { SalvageCompaction } from './salvage-compact.ts';
import type { SalvageSource } from './salvage-source.ts';
import { LivingRecords, type SalvageSurvey, visitFrame } from './salvage-survey.ts';
import { FrameDraft } from './frame-draft.ts';

const PLAIN = { main: 0, sub: 0, create: 0, version: 0, lease: 0n };

/** The small buckets: of each key the newest that is left. */
export function* copyEntries(
  survey: SalvageSurvey,
  log: RestoredLog,
): Generator<File | undefined, void, void> {
  let records: RecordFields[] = [];
  let bytes = 0;
  for (const record of entryRecords(survey)) {
    records.push(record);
    bytes += record.key.length + record.value.length;
    if (bytes < limits.framePayloadBytesTarget) continue;
    yield* log.addRecords(records);
    records = [];
    bytes = 0;
  }
  yield* log.addRecords(records);
}

function* entryRecords({ buckets, entries }: SalvageSurvey): Generator<RecordFields, void, void> {
  for (const [bucket, key] of buckets) {
    yield { ...PLAIN, kind: RECORD_BUCKET, bucket, key, value: '' };
  }
  for (const [bucket, values] of entries) {
    if (bucket >= FIRST_FREE_NUMBER && !buckets.has(bucket)) continue;
    for (const [key, value] of values) yield { ...PLAIN, kind: RECORD_PUT, bucket, key, value };
  }
}

/** What is there, and what becomes of it. */
export interface SalvagePlan {
  readonly source: SalvageSource;
  readonly survey: SalvageSurvey;
  /** Undefined: history is kept as it is. */
  readonly compaction: SalvageCompaction | undefined;
}

/** The revisions; returns how many. */
export function* copyRecords(
  { source, survey, compaction }: SalvagePlan,
  beforeDamage: boolean,
  log: RestoredLog,
): Generator<File | undefined, number, void> {
  const living = new LivingRecords(survey.removals);
  const view = emptyView();
  const draft = new FrameDraft();
  let changes = 0;
  for (const step of source.surviving.steps()) {
    if (step.kind === 'hole' && !step.isMark && beforeDamage) break;
    if (step.kind !== 'frame') continue;
    visitFrame(step, view, (record) => {
      if (!living.has(record) || compaction?.keeps(record) === false) return;
      draft.add(record);
      changes++;
    });
    if (draft.isFull) yield* log.addFrame(draft.take()!);
    yield undefined;
  }
  const rest = draft.take();
  if (rest !== undefined) yield* log.addFrame(rest);
  return changes;
}
