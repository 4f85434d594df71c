/**
 * What a kill has left, opened by another process: is it what `spec/crash.ts` allows, does the store find
 * nothing wrong with itself, can it be written, and is all of it there again the next time?
 */
import { type EmbeddedStore, open, type OpenOptions } from '../../engine/index.ts';
import type { BeforeCrash } from '../../spec/crash.ts';
import type { Change } from '../../spec/history.ts';
import { patiently } from '../conformance/audit.ts';
import { problemsWith, seenIn } from '../crash/seen.ts';

/** A history that other children may go on with. */
export interface Past {
  /** Every change that there ever was, the compacted ones too. */
  readonly changes: readonly Change[];
  readonly compactRevision: number;
  readonly leases: readonly bigint[];
}

export const NO_PAST: Past = { changes: [], compactRevision: -1, leases: [] };

export interface Judgement {
  readonly problems: readonly string[];
  /** The revision that was found first. */
  readonly recovered?: number;
  /** Undefined if there are problems. */
  readonly past?: Past;
}

export interface JudgeInit {
  readonly directory: string;
  readonly options: OpenOptions;
  readonly before: BeforeCrash;
  readonly random: () => number;
  /** Compact and clean all of it, too: what was interrupted must not be in the way. */
  readonly thorough: boolean;
}

const MARK = 'the judge was here';

export async function judge(init: JudgeInit): Promise<Judgement> {
  const { directory, options } = init;
  let store = await patiently(open(directory, options));
  try {
    let before = init.before;
    const recovered = store.revision;
    const look = async (): Promise<readonly string[]> => problemsOf(store, before, init.random);
    const first = await look();
    if (first.length > 0) return { problems: first, recovered };
    before = await written(store, before);
    if (init.thorough) {
      const { revision } = store;
      await patiently(store.compact(revision, { physical: true }));
      await patiently(store.defragment());
      before = { ...before, compaction: { requested: revision, acknowledged: revision } };
      const second = await look();
      if (second.length > 0) {
        return { problems: later(second, 'compacted and defragmented'), recovered };
      }
    }
    await patiently(store.close());
    store = await patiently(open(directory, options));
    const third = await look();
    if (third.length > 0) {
      return { problems: later(third, 'closed and opened again'), recovered };
    }
    const leases = await patiently(store.leases.list());
    const { compactRevision } = store;
    const past = { changes: before.requested, compactRevision, leases };
    return { problems: [], recovered, past };
  } finally {
    await store.close();
  }
}

const later = (problems: readonly string[], when: string): string[] =>
  problems.map((problem) => `${when}: ${problem}`);

/** Still writable: the revision that was lost, if one was, is given to this write. */
async function written(store: EmbeddedStore, before: BeforeCrash): Promise<BeforeCrash> {
  const kept = await goneOn(store, before);
  const revision = kept.acknowledged + 1;
  const change: Change = { type: 'put', revision, key: MARK, value: MARK, lease: 0n };
  const { revision: acknowledged } = await patiently(store.put(MARK, MARK));
  return { ...kept, requested: [...kept.requested, change], acknowledged };
}

/** After a crash what was recovered is all that was ever asked for. */
async function goneOn(store: EmbeddedStore, before: BeforeCrash): Promise<BeforeCrash> {
  const { revision, compactRevision } = store;
  const leases = await patiently(store.leases.list());
  return {
    requested: before.requested.filter((change) => change.revision <= revision),
    acknowledged: revision,
    compaction: { requested: compactRevision, acknowledged: compactRevision },
    revealed: revision,
    leases: leases.map((id) => ({ id, granted: 'acknowledged', revoked: 'no' })),
  };
}

/** States are read at both ends and at some revisions between. */
export async function problemsOf(
  store: EmbeddedStore,
  before: BeforeCrash,
  random: () => number,
): Promise<readonly string[]> {
  return problemsWith(before, await seenIn(store, someRevisions(store, random)));
}

const STATES_MAX = 24;

function* someRevisions(
  { revision, compactRevision }: EmbeddedStore,
  random: () => number,
): Generator<number> {
  const first = Math.max(1, compactRevision);
  yield first;
  yield revision;
  for (let i = 2; i < STATES_MAX; i++) {
    yield first + Math.floor(random() * (revision - first + 1));
  }
}
