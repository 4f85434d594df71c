/** What an opened store says of itself, and whether a crash may have left that: the same for every kind of crash. */
import type { EmbeddedStore } from '../../engine/index.ts';
import { type BeforeCrash, crashProblems, type Recovered } from '../../spec/crash.ts';
import { hashKv } from '../../spec/hash-kv.ts';
import type { Change } from '../../spec/history.ts';
import type { KeyValue } from '../../spec/types.ts';
import { patiently } from '../conformance/audit.ts';
import { latin1, plainKeyValue } from '../stores/plain.ts';

export interface Seen {
  readonly recovered: Recovered;
  readonly hash: number;
  /** What `verify` complains of. */
  readonly problems: readonly string[];
}

/** `revisions`: whose states are read; default all. */
export async function seenIn(store: EmbeddedStore, revisions?: Iterable<number>): Promise<Seen> {
  const recovered = await recoveredFrom(store, revisions);
  const { hash } = await patiently(store.hashKv());
  const { problems } = await patiently(store.verify());
  return { recovered, hash, problems };
}

export async function recoveredFrom(
  store: EmbeddedStore,
  revisions: Iterable<number> = readableIn(store),
): Promise<Recovered> {
  const { revision, compactRevision } = store;
  const states = new Map<number, KeyValue[]>();
  for (const at of revisions) {
    if (states.has(at)) continue;
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

export function* readableIn({ revision, compactRevision }: EmbeddedStore): Generator<number> {
  for (let at = Math.max(1, compactRevision); at <= revision; at++) yield at;
}

export function problemsWith(before: BeforeCrash, { recovered, hash, problems }: Seen): string[] {
  const { revision, compactRevision } = recovered;
  const left = before.requested.filter((change) => change.revision <= revision);
  const should = hashKv(left, compactRevision, revision);
  return [
    ...crashProblems(before, recovered),
    ...(hash === should ? [] : [`Hash: is ${hash}, should be ${should}`]),
    ...problems.map((problem) => `Verify: ${problem}`),
  ];
}
