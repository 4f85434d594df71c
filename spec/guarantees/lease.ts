/**
 * What leases promise, on a clock that stands still between events (R120-R128), each promise a function
 * that looks at what was done and what became of it.
 *
 *     at 0 s   grant 7 for 10 s         at 4 s   renew 7: it ends at 14 s
 *     at 1 s   put a, put b with 7      at 14 s  delete a, delete b: one revision, in key order
 *
 * - **NoEarlyExpiry**: a key lives at least so long as its lease was granted or last renewed for.
 * - **Together**: the keys of a lease go all in one revision, in key order, and nothing else in it.
 * - **Eventually**: soon after that they are gone.
 */
import { type Change, compareBytes } from '../history.ts';
import { wordOf } from '../syntax.ts';
import type { Bytes } from '../types.ts';

/** Times are in milliseconds. */
export type LeaseAct =
  | {
      readonly act: 'grant' | 'renew';
      readonly id: bigint;
      readonly ttlMs: number;
      readonly at: number;
    }
  | { readonly act: 'revoke'; readonly id: bigint; readonly at: number };

export interface LeaseStory {
  /** What clients did, in order. */
  readonly acts: readonly LeaseAct[];
  /** Every change, in order, and when it was made. */
  readonly changes: readonly (Change & { readonly at: number })[];
  /** Revisions that clients made with writes: all others were made by a revoke, or by time. */
  readonly byClients: ReadonlySet<number>;
  /** Nothing was seen after that. */
  readonly until: number;
}

interface Ending {
  readonly revision: number;
  readonly at: number;
  /** In the order in which they were deleted. */
  readonly keys: readonly Bytes[];
  /** Which lease each key had, just before. */
  readonly attached: ReadonlyMap<Bytes, bigint>;
}

export function noEarlyExpiry(story: LeaseStory): string[] {
  return endingsIn(story).flatMap(({ revision, at, keys, attached }) =>
    keys.flatMap((key) => {
      const id = attached.get(key);
      const ends = id === undefined ? undefined : livesUntil(id, at, story);
      if (ends === undefined || at >= ends) return [];
      return [`${revision} deleted ${wordOf(key)} at ${at}, and lease ${id} lives until ${ends}`];
    }),
  );
}

/**
 * Of what was done in the same moment nothing says whether it came before: a revoke may have, and a grant
 * of the same id, or a renewal, may not.
 */
function livesUntil(id: bigint, at: number, story: LeaseStory): number | undefined {
  const isRevoked = story.acts.some(
    (one) => one.id === id && one.act === 'revoke' && one.at === at,
  );
  if (isRevoked) return undefined;
  const before = story.acts.filter((act) => act.at < at);
  return endOf(id, at, { ...story, acts: before }) ?? endOf(id, at, story);
}

/** R122. */
export function together(story: LeaseStory): string[] {
  return endingsIn(story).flatMap(({ revision, keys, attached }) => {
    const ids = [...new Set(keys.map((key) => attached.get(key)))];
    const [id] = ids;
    if (id === undefined || ids.length > 1) return [`${revision} is not of one lease`];
    const all = [...attached].filter(([, other]) => other === id).map(([key]) => key);
    const should = all.sort(compareBytes).map(wordOf).join(', ');
    const is = keys.map(wordOf).join(', ');
    return is === should ? [] : [`${revision} deleted ${is}, and lease ${id} had ${should}`];
  });
}

/** R125: within `graceMs` of its end, or of its revoke. */
export function eventually(story: LeaseStory, graceMs: number): string[] {
  const ids = new Set(story.acts.map(({ id }) => id));
  return [...ids].flatMap((id) => {
    const ends = endOf(id, story.until, story) ?? Number.NEGATIVE_INFINITY;
    const revoked = story.acts.findLast((act) => act.id === id && act.act === 'revoke')?.at;
    const late = Math.max(ends, revoked ?? ends) + graceMs;
    if (!Number.isFinite(late) || late > story.until) return [];
    const left = [...attachedAfter(story, late)].filter(([, other]) => other === id);
    return left.map(([key]) => `${wordOf(key)} is there at ${late}, and lease ${id} has ended`);
  });
}

/** When the lease ends, as things stand then; undefined if it was revoked, or never granted. */
function endOf(id: bigint, at: number, { acts }: LeaseStory): number | undefined {
  const last = acts.findLast((act) => act.id === id && act.at <= at);
  return last === undefined || last.act === 'revoke' ? undefined : last.at + last.ttlMs;
}

/** Revisions that no client wrote, with what they found. */
function endingsIn({ changes, byClients }: LeaseStory): Ending[] {
  const endings: Ending[] = [];
  const attached = new Map<Bytes, bigint>();
  for (let first = 0; first < changes.length; ) {
    const { revision, at } = changes[first]!;
    const whole = changes.slice(first).filter((change) => change.revision === revision);
    if (!byClients.has(revision)) {
      const keys = whole.map(({ key }) => key);
      endings.push({ revision, at, keys, attached: new Map(attached) });
    }
    for (const change of whole) attach(attached, change);
    first += whole.length;
  }
  return endings;
}

/** R126: a put attaches to its lease, or to none. */
function attach(attached: Map<Bytes, bigint>, change: Change): void {
  if (change.type === 'put' && change.lease !== 0n) attached.set(change.key, change.lease);
  else attached.delete(change.key);
}

function attachedAfter({ changes }: LeaseStory, at: number): ReadonlyMap<Bytes, bigint> {
  const attached = new Map<Bytes, bigint>();
  for (const change of changes) if (change.at <= at) attach(attached, change);
  return attached;
}
