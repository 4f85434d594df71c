/**
 * What is left of a store after its life, opened on a disk without faults.
 *
 * After faults that were reported: what `spec/crash.ts` allows, nothing less. After others it is refused with the
 * place named, or it is a prefix of history, if nothing that is intact says that there was more, and every
 * read is right or refused. Never a wrong value.
 */
import { type EmbeddedStore, open } from '../../engine/index.ts';
import { type BeforeCrash, crashProblems, type Recovered } from '../../spec/crash.ts';
import type { Change } from '../../spec/history.ts';
import type { KeyValue } from '../../spec/types.ts';
import { patiently, textOf } from '../conformance/audit.ts';
import { beforeCrash, type Fact } from '../crash/facts.ts';
import { goOnVarve, judgeVarve, recoverVarve } from '../crash/varve-recovery.ts';
import { crashShape } from '../crash/varve-work.ts';
import type { Fired } from '../disk/faulty-fs.ts';
import { type Image, SimulatedDisk } from '../disk/simulated-disk.ts';
import { DIRECTORY } from '../stores/disk-image.ts';
import { latin1, plainKeyValue } from '../stores/plain.ts';
import { JumpingClock } from './jumping-clock.ts';
import type { LogRecord } from './log-record.ts';
import { checkRefusal, Complaint } from './policy.ts';

export interface Remains {
  readonly image: Image;
  readonly facts: readonly Fact[];
}

/** `goOn`: compact, clean and check once more. */
export async function judgeHonest({ image, facts }: Remains, goOn: boolean): Promise<void> {
  const { fs } = new SimulatedDisk({ image });
  try {
    const found = await recoverVarve(fs, () => {});
    const problems = judgeVarve(facts, found);
    if (problems.length > 0) throw new Complaint(problems.join('\n'));
    if (goOn) await goOnVarve(fs, found);
  } catch (error) {
    if (error instanceof Complaint) throw error;
    throw new Complaint(`afterwards, on a sound disk: ${textOf(error)}`, { cause: error });
  }
}

export interface SilentRemains extends Remains {
  readonly record: LogRecord;
  /** What was excused already: more than this revision need not be there. */
  readonly excusedAbove: number;
}

export async function judgeSilent(remains: SilentRemains): Promise<void> {
  const { fs } = new SimulatedDisk({ image: remains.image });
  const options = { ...crashShape, fs, clock: new JumpingClock(), random: () => 0.25 };
  let store = await orRefused('open', () => open(DIRECTORY, options));
  if (store === undefined) return;
  try {
    const { revision } = store;
    const before = lowered(beforeCrash(remains.facts), store, remains.excusedAbove);
    if (before.acknowledged > revision) checkLoss(revision, remains.record, remains.image);
    await checkTruth(store, { ...before, acknowledged: 1, revealed: 1 });
    const open = store;
    const put = await orRefused('put', () => open.put('after', '1'));
    await orRefused('close', () => open.close());
    store = await orRefused('open again', () => openAgain(options));
    if (store === undefined || put === undefined) return;
    if (store.revision !== revision + 1) {
      throw new Complaint(
        `a put made ${revision + 1}, and after a restart there is ${store.revision}`,
      );
    }
  } finally {
    await store?.close();
  }
}

const openAgain = (options: Parameters<typeof open>[1]): Promise<EmbeddedStore> =>
  open(DIRECTORY, options);

/** Complains if anything intact in these files says that there was more than this revision. */
export function checkLoss(revision: number, record: LogRecord, image: Image): void {
  const claim = record.claimOn(revision + 1, image);
  if (claim === undefined) return;
  throw new Complaint(`revision ${revision + 1} is gone without a word: ${claim}`);
}

/** As a store has seen them that was told wrong bytes. */
export function misread(image: Image, fired: readonly Fired[]): Image {
  const seen = new Map(image);
  for (const { path, misread } of fired) {
    const bytes = seen.get(path);
    if (misread === undefined || bytes === undefined) continue;
    const spoiled = Uint8Array.from(bytes);
    for (let at = misread.from; at < misread.to; at++) spoiled[at]! ^= 0xff;
    seen.set(path, spoiled);
  }
  return seen;
}

/** What need not be there any more is taken out of what was acknowledged. */
function lowered(before: BeforeCrash, store: EmbeddedStore, excusedAbove: number): BeforeCrash {
  const { leases: _, ...rest } = before;
  const seen = Math.max(before.acknowledged, before.revealed);
  const acknowledged = Math.min(before.compaction.acknowledged, store.compactRevision);
  return {
    ...rest,
    acknowledged: Math.min(seen, excusedAbove),
    compaction: { ...before.compaction, acknowledged },
  };
}

/** Every read that is answered is right; if one is not, `verify` knows of it. */
async function checkTruth(store: EmbeddedStore, before: BeforeCrash): Promise<void> {
  const { revision, compactRevision } = store;
  const states = new Map<number, KeyValue[]>();
  let refused = 0;
  for (let at = Math.max(1, compactRevision); at <= revision; at++) {
    const range = await orRefused(`range at ${at}`, () =>
      store.range({ all: true }, { revision: at }),
    );
    if (range === undefined) refused++;
    else states.set(at, range.kvs.map(plainKeyValue));
  }
  const changes = await orRefused('history', () => changesOf(store));
  const recovered: Recovered = {
    revision,
    compactRevision,
    changes: changes ?? supposed(before, compactRevision, revision),
    states,
  };
  const problems = crashProblems(before, recovered);
  if (problems.length > 0) throw new Complaint(problems.join('\n'));
  const report = await orRefused('verify', () => store.verify());
  if (report?.ok === true && (refused > 0 || changes === undefined)) {
    throw new Complaint('reads are refused as damaged, and verify finds nothing');
  }
}

async function changesOf(store: EmbeddedStore): Promise<Change[]> {
  const changes: Change[] = [];
  for await (const { type, revision, kv } of store.history({ all: true })) {
    const key = latin1(kv.keyBytes);
    changes.push(
      type === 'delete'
        ? { type, revision, key }
        : { type, revision, key, value: latin1(kv.value), lease: kv.lease },
    );
  }
  return changes;
}

/** In place of a history that cannot be read: the states alone are judged. */
function supposed({ requested }: BeforeCrash, from: number, to: number): readonly Change[] {
  return requested.filter(({ revision }) => revision >= from && revision <= to);
}

async function orRefused<T>(what: string, run: () => Promise<T>): Promise<T | undefined> {
  const [result] = await Promise.allSettled([patiently(run())]);
  if (result.status === 'fulfilled') return result.value;
  checkRefusal(what, result.reason, 'silent');
  return undefined;
}
