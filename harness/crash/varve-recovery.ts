/**
 * What a crash left of a store, opened: everything it says of itself, for the judge; and how it goes on, where
 * nothing of the crash may be seen any more.
 */
import { type EmbeddedStore, open, type OpenOptions, restore } from '../../engine/index.ts';
import type { FileSystem } from '../../engine/vfs/index.ts';
import type { Recovered } from '../../spec/crash.ts';
import { patiently } from '../conformance/audit.ts';
import { DIRECTORY } from '../stores/disk-image.ts';
import { SimulatedDisk } from '../disk/simulated-disk.ts';
import { plainKeyValue } from '../stores/plain.ts';
import { VirtualClock } from '../stores/virtual-clock.ts';
import { beforeCrash, type Fact } from './facts.ts';
import { problemsWith, type Seen, seenIn } from './seen.ts';
import type { Tell } from './subject.ts';
import { BACKUPS, crashShape } from './varve-work.ts';

export interface VarveFound extends Seen {
  /** Revisions of the backups that are there, by path; or what restoring one said. */
  readonly backups: ReadonlyMap<string, number | string>;
}

/** Opens it, looks at everything, writes once, and closes it. */
export async function recoverVarve(
  fs: FileSystem,
  tell: Tell<Fact>,
  options: OpenOptions = {},
): Promise<VarveFound> {
  fs.makeDirectory(DIRECTORY);
  const store = await openOn(fs, options);
  try {
    const { revision, compactRevision } = store;
    tell({ fact: 'recovered', revision });
    const found = { ...(await seenIn(store)), backups: await backupsOn(fs) };
    tell({ fact: 'shown', revision });
    tell({ fact: 'asked to compact', revision: compactRevision });
    tell({ fact: 'compacted', revision: compactRevision });
    await write(store, tell);
    return found;
  } finally {
    await store.close();
  }
}

/** It must be writable, and its next revision is the one after the last that is there. */
async function write(store: EmbeddedStore, tell: Tell<Fact>): Promise<void> {
  const revision = store.revision + 1;
  const { key, value } = AFTER;
  tell({ fact: 'asked', changes: [{ type: 'put', revision, key, value, lease: 0n }] });
  const { revision: made } = await patiently(store.put(key, value));
  if (made !== revision) throw new Error(`the next write makes ${made}, should make ${revision}`);
  tell({ fact: 'answered', revision });
}

const AFTER = { key: 'after', value: 'the crash' };

export function judgeVarve(facts: readonly Fact[], found: VarveFound): readonly string[] {
  return [
    ...problemsWith(beforeCrash(facts), found),
    ...backupProblems(facts, found.backups, found.recovered.revision),
  ];
}

/**
 * On the same disk: an interrupted compaction comes to its end, and after another one, and cleaning, and another
 * restart, nothing is to be seen of the crash any more.
 */
export async function goOnVarve(fs: FileSystem, { recovered }: VarveFound): Promise<void> {
  const revision = recovered.revision + 1;
  let store = await openOn(fs, {});
  try {
    checkState(store, recovered, revision);
    // Jobs take turns, so this one waits for what was interrupted.
    await patiently(store.compact(revision, { physical: true }));
    await patiently(store.defragment());
    checkState(store, recovered, revision);
    await store.close();
    store = await openOn(fs, {});
    checkState(store, recovered, revision);
    const { ok, problems } = await patiently(store.verify());
    if (!ok) throw new Error(`later on, verify finds ${problems.join(', ')}`);
  } finally {
    await store.close();
  }
}

/** What was found, and what was written after it. */
function checkState(
  store: EmbeddedStore,
  { states, revision: last }: Recovered,
  revision: number,
): void {
  if (store.revision !== revision) {
    throw new Error(`later on, the revision is ${store.revision}, was ${revision}`);
  }
  const kvs = store.rangeSync({ all: true }).kvs.map(plainKeyValue);
  if (kvs.find(({ key }) => key === AFTER.key)?.modRevision !== revision) {
    throw new Error('what was written after the recovery is gone');
  }
  const [was, is] = [states.get(last) ?? [], kvs].map((kvs) =>
    JSON.stringify(
      kvs.filter(({ key }) => key !== AFTER.key),
      plain,
    ),
  );
  if (was !== is) throw new Error(`later on there is ${is}, was ${was}`);
}

const plain = (_: string, part: unknown): unknown => (typeof part === 'bigint' ? `${part}n` : part);

function openOn(fs: FileSystem, options: OpenOptions): Promise<EmbeddedStore> {
  const clock = new VirtualClock();
  return patiently(open(DIRECTORY, { ...crashShape, random: same, clock, ...options, fs }));
}

const same = (): number => 0.25;

/** What was acknowledged is there, and none knows more than the store. */
function backupProblems(
  facts: readonly Fact[],
  backups: VarveFound['backups'],
  revision: number,
): string[] {
  const promised = facts.flatMap((fact) => {
    if (fact.fact !== 'backed up') return [];
    const { path, atLeast } = fact;
    const is = backups.get(path);
    if (is === undefined) return [`Backup: ${path} was acknowledged, and is gone`];
    return Number(is) < atLeast ? [`Backup: ${path} holds revision ${is}, not ${atLeast}`] : [];
  });
  const others = [...backups].flatMap(([path, is]) => {
    if (typeof is === 'string') return [`Backup: ${path} is there, and ${is}`];
    return is > revision ? [`Backup: ${path} is at ${is}, ahead of its store at ${revision}`] : [];
  });
  return [...promised, ...others];
}

/** Each is made a store of, on a disk of its own. */
async function backupsOn(fs: FileSystem): Promise<VarveFound['backups']> {
  const found = new Map<string, number | string>();
  fs.makeDirectory(BACKUPS);
  for (const name of fs.list(BACKUPS)) {
    if (name.endsWith('.tmp')) continue;
    const path = `${BACKUPS}/${name}`;
    try {
      const { revision } = await restore(path, '/restored', { fs: withFile(path, fs) });
      found.set(path, revision);
    } catch (error) {
      found.set(path, String(error));
    }
  }
  return found;
}

/** A disk that holds this file alone. */
function withFile(path: string, fs: FileSystem): FileSystem {
  const from = fs.open(path, 'read');
  const bytes = new Uint8Array(from.size());
  from.readAt(bytes, 0);
  from.close();
  return new SimulatedDisk({ image: new Map([[path, bytes]]) }).fs;
}
