/**
 * Opens a damaged store and judges what comes of it. Right is:
 *
 * - to refuse, with an error that says where; or
 * - to open with the whole of history, or a prefix of it if nothing that is intact says there was more;
 * - and then to answer every read rightly, or with ERR_CORRUPT.
 *
 * Never a wrong value, never another kind of error.
 */
import { type EmbeddedStore, open, VarveError } from '../../engine/index.ts';
import { describeKeyValue } from '../../spec/describe.ts';
import { type Change, stateAt } from '../../spec/history.ts';
import { DIRECTORY, type DiskImage, diskWith } from '../stores/disk-image.ts';
import { ManualClock } from '../stores/manual-clock.ts';
import { latin1, plainKeyValue } from '../stores/plain.ts';
import type { LogWrite } from './recorded-disk.ts';
import { shape, type Victim } from './victim.ts';

export type Outcome = 'refused' | 'whole' | 'whole but for corrupt reads' | 'cut';

/** Throws if it went wrong. `goOn`: write, close, open and read once more, however it went. */
export async function judge(victim: Victim, damaged: DiskImage, goOn: boolean): Promise<Outcome> {
  const fs = diskWith(damaged);
  const clock = new ManualClock();
  const options = { ...shape(clock), fs };
  let store: EmbeddedStore;
  try {
    store = await open(DIRECTORY, options);
  } catch (error) {
    checkRefusal(error);
    return 'refused';
  }
  try {
    const { revision } = store;
    checkLoss(victim, damaged, revision);
    const changes = victim.model.changes.filter((change) => change.revision <= revision);
    const corrupt = checkReads(store, changes) + (await checkHistory(store, changes));
    const isWhole = revision === victim.model.revision;
    if (goOn || !isWhole) {
      // What was cut must not come back, and the store must go on.
      await store.put('after', '1');
      await store.close();
      store = await open(DIRECTORY, options);
      checkReads(store, [...changes, putOf(revision + 1, 'after', '1')]);
    }
    if (!isWhole) return 'cut';
    return corrupt === 0 ? 'whole' : 'whole but for corrupt reads';
  } finally {
    await store.close();
  }
}

function checkRefusal(error: unknown): void {
  if (!(error instanceof VarveError)) throw error;
  const { code, message } = error;
  if (code === 'ERR_INVALID_ARGUMENT' && /format version|not a Varve store/.test(message)) return;
  const saysWhere = /\.seg at offset \d+|\.seg: (is missing|holds)|MANIFEST/.test(message);
  if (code !== 'ERR_CORRUPT' || !saysWhere) throw error;
}

/** A store may be shorter than it was only if no byte is left that says so. */
function checkLoss(victim: Victim, damaged: DiskImage, revision: number): void {
  const { image, writes, checkpointRevision, model } = victim;
  if (revision === model.revision) return;
  const lost = revision + 1;
  const complain = (why: string): never => {
    throw new Error(`revision ${lost} of ${model.revision} is gone without a word: ${why}`);
  };
  if (revision > model.revision) complain('there never was one');
  if (checkpointRevision >= lost && isIntact('CHECKPOINT', 0, Number.MAX_SAFE_INTEGER)) {
    complain('the checkpoint holds it');
  }
  const { epoch } = writes.find((write) => write.revision >= lost)!;
  const claimant = writes.find((write) => write.epoch > epoch && isIntactWrite(write));
  if (claimant !== undefined) {
    complain(`what was written later to ${claimant.name} at ${claimant.from} is intact`);
  }
  const own = writes.filter((write) => write.epoch === epoch);
  if (own.every(isIntactWrite)) complain('its own bytes are intact');
  const active = writes.at(-1)!.name;
  if (writes.filter(({ name }) => name === active).every(isIntactWrite)) {
    complain('only sealed segments were damaged');
  }

  function isIntactWrite({ name, from, to }: LogWrite): boolean {
    return isIntact(name, from, to);
  }
  function isIntact(name: string, from: number, to: number): boolean {
    const was = image.get(name)?.subarray(from, to);
    const is = damaged.get(name)?.subarray(from, to);
    return was !== undefined && is !== undefined && Buffer.compare(was, is) === 0;
  }
}

/** Every key at every revision, alone and in a range. Returns how many reads found damage. */
function checkReads(store: EmbeddedStore, changes: readonly Change[]): number {
  const keys = new Set(changes.map(({ key }) => key));
  let corrupt = 0;
  const read = (what: string, expected: string, ask: () => string): void => {
    try {
      const answer = ask();
      if (answer !== expected) throw new Error(`${what} is ${answer}, should be ${expected}`);
    } catch (error) {
      if (!isCorrupt(error)) throw error;
      corrupt++;
    }
  };
  for (let revision = 1; revision <= store.revision; revision++) {
    const state = stateAt(changes, revision);
    const all = state.map(describeKeyValue).join(', ');
    read(`all at ${revision}`, all, () => {
      const { kvs } = store.rangeSync({ all: true }, { revision });
      return kvs.map((kv) => describeKeyValue(plainKeyValue(kv))).join(', ');
    });
    for (const key of keys) {
      const kv = state.find((kv) => kv.key === key);
      const expected = kv === undefined ? 'none' : describeKeyValue(kv);
      read(`${key} at ${revision}`, expected, () => {
        const kv = store.getSync(Buffer.from(key, 'latin1'), { revision });
        return kv === undefined ? 'none' : describeKeyValue(plainKeyValue(kv));
      });
    }
  }
  return corrupt;
}

async function checkHistory(store: EmbeddedStore, changes: readonly Change[]): Promise<number> {
  let next = 0;
  try {
    for await (const { type, revision, kv } of store.history({ all: true })) {
      const change = changes[next++];
      const isSame =
        change?.type === type &&
        change.revision === revision &&
        change.key === latin1(kv.keyBytes) &&
        (change.type === 'delete' || change.value === latin1(kv.value));
      if (!isSame) throw new Error(`change ${next} in history is ${type} ${kv.key} at ${revision}`);
    }
  } catch (error) {
    if (!isCorrupt(error)) throw error;
    return 1;
  }
  if (next !== changes.length) throw new Error(`history ends after ${next} changes`);
  return 0;
}

function isCorrupt(error: unknown): boolean {
  return error instanceof VarveError && error.code === 'ERR_CORRUPT';
}

function putOf(revision: number, key: string, value: string): Change {
  return { type: 'put', revision, key, value, lease: 0n };
}
