/**
 * What a crash left, opened: is it what `spec/crash.ts` allows, and does it go on as it should? An
 * interrupted compaction comes to its end, and after another one, and a defragmentation, and a restart,
 * nothing is to be seen of the crash any more.
 */
import { type EmbeddedStore, open, type OpenOptions } from '../../engine/index.ts';
import { type BeforeCrash, crashProblems, type Recovered } from '../../spec/crash.ts';
import { hashKv } from '../../spec/hash-kv.ts';
import type { Change } from '../../spec/history.ts';
import type { KeyValue } from '../../spec/types.ts';
import { patiently, textOf } from '../conformance/audit.ts';
import { DIRECTORY, type DiskImage, diskWith } from '../stores/disk-image.ts';
import { latin1, plainKeyValue } from '../stores/plain.ts';
import { TXN_OPS_MAX } from '../traffic/txn.ts';
import { REQUEST_BYTES_MAX } from '../traffic/vocabulary.ts';

export interface Picture {
  readonly image: DiskImage;
  readonly before: BeforeCrash;
  readonly story: readonly string[];
}

/** Small segments, so that there are sealed ones to be cleaned; no cache, so that reads go to the disk. */
export const crashShape: OpenOptions = {
  segmentSizeBytes: 4096,
  cacheSizeBytes: 0,
  maxRequestBytes: REQUEST_BYTES_MAX,
  maxTxnOps: TXN_OPS_MAX,
};

export function checkSurvivor(picture: Picture): Promise<void> {
  return checkPicture(picture, survive);
}

/** Only what is there when it is opened. */
export function checkRemains(picture: Picture): Promise<void> {
  return checkPicture(picture, async (before, options) => {
    const store = await patiently(open(DIRECTORY, options));
    try {
      await check(store, before);
    } finally {
      await store.close();
    }
  });
}

async function checkPicture(picture: Picture, run: typeof survive): Promise<void> {
  try {
    await run(picture.before, { ...crashShape, fs: diskWith(picture.image) });
  } catch (error) {
    const { requested, leases: _, ...told } = picture.before;
    const asked = `# ${requested.length} changes asked for, ${JSON.stringify(told)}`;
    throw new Error([...picture.story, asked, `  ${textOf(error)}`].join('\n'), { cause: error });
  }
}

async function survive(before: BeforeCrash, options: OpenOptions): Promise<void> {
  let store = await patiently(open(DIRECTORY, options));
  try {
    await check(store, before);
    const { revision } = store;
    const goneOn = (): BeforeCrash => ({
      ...before,
      requested: before.requested.filter((change) => change.revision <= revision),
      acknowledged: revision,
      compaction: { requested: store.compactRevision, acknowledged: store.compactRevision },
    });
    // Jobs take turns, so this one waits for what was interrupted.
    if (revision > store.compactRevision) {
      await patiently(store.compact(revision, { physical: true }));
      await check(store, goneOn());
    }
    await patiently(store.defragment());
    await check(store, goneOn());
    const then = goneOn();
    await store.close();
    store = await patiently(open(DIRECTORY, options));
    await check(store, then);
  } finally {
    await store.close();
  }
}

async function check(store: EmbeddedStore, before: BeforeCrash): Promise<void> {
  const problems = crashProblems(before, await recoveredFrom(store));
  if (problems.length > 0) throw new Error(problems.join('\n  '));
  const { revision, compactRevision } = store;
  const left = before.requested.filter((change) => change.revision <= revision);
  const should = hashKv(left, compactRevision, revision);
  const { hash } = await patiently(store.hashKv());
  if (hash !== should) throw new Error(`hash is ${hash} and should be ${should}`);
  const verified = await patiently(store.verify());
  if (!verified.ok) throw new Error(`verify finds ${verified.problems.join(', ')}`);
}

/** All that can be read, at every revision. */
async function recoveredFrom(store: EmbeddedStore): Promise<Recovered> {
  const { revision, compactRevision } = store;
  const states = new Map<number, KeyValue[]>();
  for (let at = Math.max(1, compactRevision); at <= revision; at++) {
    states.set(at, store.rangeSync({ all: true }, { revision: at }).kvs.map(plainKeyValue));
  }
  const changes: Change[] = [];
  for await (const { type, revision, kv } of store.history({ all: true })) {
    const key = latin1(kv.keyBytes);
    changes.push(
      type === 'delete'
        ? { type, revision, key }
        : { type, revision, key, value: latin1(kv.value), lease: kv.lease },
    );
  }
  const leases = await patiently(store.leases.list());
  return { revision, compactRevision, changes, states, leases };
}

/** Lehmer's generator: good enough to pick moments and sectors. */
export function numbersFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48271) % 0x7fffffff;
    return state / 0x7fffffff;
  };
}
