/** What a crash left, opened: is it what it has to be, and does it go on as it should? */
import { type EmbeddedStore, open, type OpenOptions } from '../../engine/index.ts';
import { describeKeyValue, describeResponse } from '../../spec/describe.ts';
import { hashKv } from '../../spec/hash-kv.ts';
import { type Change, stateAt } from '../../spec/history.ts';
import { history } from '../../spec/model-history.ts';
import { patiently, textOf } from '../conformance/audit.ts';
import { DIRECTORY, type DiskImage, diskWith } from '../stores/disk-image.ts';
import { plainKeyValue } from '../stores/plain.ts';
import { Session } from '../stores/session.ts';

export interface Progress {
  readonly revision: number;
  readonly compactRevision: number;
}

export interface Picture {
  readonly image: DiskImage;
  /** What had been answered, and what had been asked for, when it was taken. */
  readonly acknowledged: Progress;
  readonly begun: Progress;
  readonly story: readonly string[];
}

/** `changes`: all of them, later ones too. */
export async function checkSurvivor(
  picture: Picture,
  changes: readonly Change[],
  shape: OpenOptions,
): Promise<void> {
  try {
    await survive(picture, changes, { ...shape, fs: diskWith(picture.image) });
  } catch (error) {
    const { acknowledged, begun, story } = picture;
    const range = `# acknowledged ${JSON.stringify(acknowledged)}, begun ${JSON.stringify(begun)}`;
    throw new Error([...story, range, `  ${textOf(error)}`].join('\n'), { cause: error });
  }
}

async function survive(
  { acknowledged, begun }: Picture,
  changes: readonly Change[],
  options: OpenOptions,
): Promise<void> {
  let store = await patiently(open(DIRECTORY, options));
  try {
    const { revision, compactRevision } = store;
    within('revision', revision, acknowledged.revision, begun.revision);
    within('compactRevision', compactRevision, acknowledged.compactRevision, begun.compactRevision);
    const left = changes.filter((change) => change.revision <= revision);
    await checkPast(store, left, compactRevision);
    // Jobs take turns, so this one waits for what was interrupted.
    let compacted = compactRevision;
    if (revision > compactRevision) {
      compacted = revision;
      await patiently(store.compact(revision, { physical: true }));
      await checkPast(store, left, compacted);
    }
    await patiently(store.defragment());
    await checkPast(store, left, compacted);
    await store.close();
    store = await patiently(open(DIRECTORY, options));
    within('revision', store.revision, revision, revision);
    within('compactRevision', store.compactRevision, compacted, compacted);
    await checkPast(store, left, compacted);
  } finally {
    await store.close();
  }
}

function within(what: string, is: number, lower: number, upper: number): void {
  if (is < lower || is > upper) throw new Error(`${what} is ${is}, not in [${lower}, ${upper}]`);
}

/** Every revision that can be read, the past as events, and its hash. */
async function checkPast(
  store: EmbeddedStore,
  changes: readonly Change[],
  compactRevision: number,
): Promise<void> {
  const { revision } = store;
  for (let at = Math.max(1, compactRevision); at <= revision; at++) {
    const { kvs } = store.rangeSync({ all: true }, { revision: at });
    same(
      `all at ${at}`,
      kvs.map((kv) => describeKeyValue(plainKeyValue(kv))).join(', '),
      stateAt(changes, at).map(describeKeyValue).join(', '),
    );
  }
  const session = new Session(store, 'bytes', async () => store);
  const all = { op: 'history', selector: { all: true } } as const;
  same(
    'history',
    describeResponse(await session.answer(all)),
    describeResponse(history(changes, compactRevision, all)),
  );
  const { hash } = await patiently(store.hashKv());
  same('hash', `${hash}`, `${hashKv(changes, compactRevision, revision)}`);
  const { ok, problems } = await patiently(store.verify());
  if (!ok) throw new Error(`verify finds ${problems.join(', ')}`);
}

function same(what: string, is: string, should: string): void {
  if (is !== should) throw new Error(`${what} is\n    ${is}\n  and should be\n    ${should}`);
}
