/**
 * What a crash may leave: a **prefix of history, in whole revisions, that holds everything acknowledged**.
 *
 *     requested              answered    allowed afterwards       not allowed
 *     2  put a=1             yes         2                        nothing: 2 was acknowledged
 *     3  put b=1, put c=1    not yet     2, 3                     2 and only b of 3: part of a revision
 *     4  delete a            not yet     2, 3, 4                  2 and 4: 3 is missing
 *
 * Had a watch shown 3 before the crash, the first of those allowed would be one no more: a revision that
 * anybody has seen is there for good (R89a). What was requested and is lost leaves no trace, so its
 * revision is given to the next write; after the crash the list of requests goes on from what was
 * recovered.
 *
 * Each rule leaves to the others what is theirs: a store that is wrong in one respect breaks one of them.
 */
import { describeKeyValue } from './describe.ts';
import { type Change, currentRevision, stateAt } from './history.ts';
import { wordOf } from './syntax.ts';
import type { Bytes, KeyValue } from './types.ts';

/** What was asked of the store and what it had said by the moment of the crash. */
export interface BeforeCrash {
  /** Every change that was ever asked for, in order, answered or not. */
  readonly requested: readonly Change[];
  /** The last revision of a write that was answered; 1 without one. */
  readonly acknowledged: number;
  /** Compacted revisions: the last one asked for, and the last one answered; -1 without one. */
  readonly compaction: { readonly requested: number; readonly acknowledged: number };
  /** The greatest revision that a read, a watch or a compaction has told of. */
  readonly revealed: number;
  /** Undefined: leases are not looked at. */
  readonly leases?: readonly LeaseLife[];
}

/** A lease that was asked for. An id that is granted again after its revoke is for another list. */
export interface LeaseLife {
  readonly id: bigint;
  readonly granted: 'requested' | 'acknowledged';
  readonly revoked: 'no' | 'requested' | 'acknowledged';
  /** The revision in which its revoke deletes its keys; undefined if it had none. */
  readonly revokedAt?: number;
}

/** What is found when the store is opened again. */
export interface Recovered {
  readonly revision: number;
  /** -1 without one. */
  readonly compactRevision: number;
  /** Read back, from the compacted revision on. */
  readonly changes: readonly Change[];
  /** What was read at revisions, in key order: at as many as one likes. */
  readonly states: ReadonlyMap<number, readonly KeyValue[]>;
  readonly leases?: readonly bigint[];
}

export type CrashRule =
  | 'Whole'
  | 'Prefix'
  | 'Acknowledged'
  | 'Requested'
  | 'Unaltered'
  | 'Compacted'
  | 'Revealed'
  | 'States'
  | 'Leases';

type Check = (before: BeforeCrash, recovered: Recovered) => string[];

const rules: Readonly<Record<CrashRule, Check>> = {
  Whole: (before, recovered) => revisionsThatAre('torn', before, recovered),
  Prefix: (before, recovered) => [
    ...revisionsThatAre('missing', before, recovered),
    ...beyond(recovered),
  ],
  Acknowledged: acknowledged,
  Requested: requested,
  Unaltered: (before, recovered) => revisionsThatAre('altered', before, recovered),
  Compacted: compacted,
  Revealed: revealed,
  States: states,
  Leases: leases,
};

/** What is wrong, each with the rule it breaks; nothing if the crash may leave this. */
export function crashProblems(before: BeforeCrash, recovered: Recovered): string[] {
  const names = Object.keys(rules) as CrashRule[];
  return names.flatMap((name) =>
    rules[name](before, recovered).map((problem) => `${name}: ${problem}`),
  );
}

type Finding = 'as it was' | 'missing' | 'torn' | 'altered';

/**
 * R74: each revision is there whole, or not at all. At the compacted revision a change that a later one of
 * the same key and revision superseded may be gone (R82).
 */
function finding(
  revision: number,
  { requested }: BeforeCrash,
  { changes, compactRevision }: Recovered,
): Finding {
  const asked = requested.filter((change) => change.revision === revision);
  const found = changes.filter((change) => change.revision === revision).map(textOf);
  const needed = revision === compactRevision ? lastOfEachKey(asked) : asked.map(textOf);
  if (!isWithin(found, asked.map(textOf))) return 'altered';
  if (isWithin(needed, found)) return 'as it was';
  return found.length === 0 ? 'missing' : 'torn';
}

function revisionsThatAre(what: Finding, before: BeforeCrash, recovered: Recovered): string[] {
  const from = Math.max(2, recovered.compactRevision);
  const last = Math.min(recovered.revision, currentRevision(before.requested));
  const told = [];
  for (let revision = from; revision <= last; revision++) {
    if (finding(revision, before, recovered) !== what) continue;
    const asked = before.requested.filter((change) => change.revision === revision);
    const found = recovered.changes.filter((change) => change.revision === revision);
    const is = found.length === 0 ? 'nothing' : found.map(textOf).join(', ');
    told.push(`revision ${revision} of ${recovered.revision} is ${is}, was ${listOf(asked)}`);
  }
  return told;
}

/** The revision that the store names is where its history ends. */
function beyond({ changes, revision }: Recovered): string[] {
  const later = changes.filter((change) => change.revision > revision);
  return later.length === 0 ? [] : [`the revision is ${revision}, and there is ${listOf(later)}`];
}

/** R170. That what lies below is there too is for Prefix to say. */
function acknowledged({ acknowledged }: BeforeCrash, { revision }: Recovered): string[] {
  if (revision >= acknowledged) return [];
  return [`${acknowledged} was acknowledged, and the revision is ${revision}`];
}

function requested(
  { requested, compaction }: BeforeCrash,
  { revision, compactRevision }: Recovered,
): string[] {
  const last = currentRevision(requested);
  return [
    ...(revision > last ? [`the revision is ${revision}, and ${last} was the last asked for`] : []),
    ...(compactRevision > compaction.requested
      ? [`compacted at ${compactRevision}, which nobody asked for`]
      : []),
  ];
}

/** R80: what was refused once stays refused. */
function compacted({ compaction }: BeforeCrash, { compactRevision, changes }: Recovered): string[] {
  const back = changes.filter((change) => change.revision < compactRevision);
  return [
    ...(compactRevision < compaction.acknowledged
      ? [`compacted at ${compaction.acknowledged}, and now at ${compactRevision}`]
      : []),
    ...(back.length === 0 ? [] : [`compacted at ${compactRevision}, and there is ${listOf(back)}`]),
  ];
}

/** R89a: the revision never goes back below one that was seen, acknowledged or not. */
function revealed({ revealed }: BeforeCrash, { revision, compactRevision }: Recovered): string[] {
  const seen = Math.max(revealed, compactRevision);
  return revision < seen ? [`${seen} was seen, and the revision is ${revision}`] : [];
}

/** What is read at a revision is what the requests up to there come to. */
function states({ requested }: BeforeCrash, { states, compactRevision }: Recovered): string[] {
  const readable = [...states].filter(([revision]) => revision >= compactRevision);
  return readable.flatMap(([revision, found]) => {
    const is = found.map(describeKeyValue).join(', ');
    const should = stateAt(requested, revision).map(describeKeyValue).join(', ');
    return is === should ? [] : [`at ${revision} there is ${is}, should be ${should}`];
  });
}

/** R122, R127: granted is there, revoked is not, and a lease goes with its keys. */
function leases(before: BeforeCrash, recovered: Recovered): string[] {
  if (before.leases === undefined || recovered.leases === undefined) return [];
  const there = new Set(recovered.leases);
  const lives = new Map(before.leases.map((life) => [life.id, life]));
  const made = recovered.leases.filter((id) => !lives.has(id));
  const last = recovered.states.get(recovered.revision) ?? [];
  const orphans = last.filter(({ lease }) => lease !== 0n && !there.has(lease));
  return [
    ...made.map((id) => `nobody asked for lease ${id}`),
    ...before.leases.flatMap((life) => leaseProblems(life, there, recovered.revision)),
    ...orphans.map(({ key, lease }) => `${wordOf(key)} has lease ${lease}, which is gone`),
  ];
}

function leaseProblems(
  { id, granted, revoked, revokedAt }: LeaseLife,
  there: ReadonlySet<bigint>,
  revision: number,
): string[] {
  if (there.has(id)) {
    if (revoked === 'acknowledged') return [`lease ${id} was revoked, and is back`];
    const isHalf = revokedAt !== undefined && revision >= revokedAt;
    return isHalf ? [`lease ${id} is there, and ${revokedAt} took its keys`] : [];
  }
  const isLost = granted === 'acknowledged' && revoked === 'no';
  return isLost ? [`lease ${id} was granted, and is gone`] : [];
}

/** In order, with gaps allowed. */
function isWithin(few: readonly Bytes[], many: readonly Bytes[]): boolean {
  let next = 0;
  for (const one of many) if (one === few[next]) next++;
  return next === few.length;
}

/** Of one revision, what no later change of the same key superseded. */
function lastOfEachKey(changes: readonly Change[]): Bytes[] {
  return changes
    .filter(({ key }, i) => !changes.slice(i + 1).some((later) => later.key === key))
    .map(textOf);
}

function textOf(change: Change): string {
  if (change.type === 'delete') return `delete ${wordOf(change.key)}`;
  const lease = change.lease === 0n ? '' : ` lease=${change.lease}`;
  return `put ${wordOf(change.key)} ${wordOf(change.value)}${lease}`;
}

const listOf = (changes: readonly Change[]): string =>
  changes.map((change) => `${change.revision} ${textOf(change)}`).join(', ');
