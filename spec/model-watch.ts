/**
 * Watches (R90-R105, R112). What a watch shows is read off the list of changes; stored is what it was asked
 * for and how far it was asked about.
 *
 * It is a watch that keeps up: of what happens from its begin on it misses nothing, whatever is compacted
 * (R100). So only the compaction before its begin counts: what that one took is neither shown (R99) nor
 * the state before an event (R104).
 */
import { type Change, currentRevision, stateAt } from './history.ts';
import type { Event } from './maintenance-types.ts';
import { eventOf } from './model-history.ts';
import { checkSelector, selects } from './model-range.ts';
import { compacted, invalidArgument } from './refusals.ts';
import { type Stored, survivors } from './survivors.ts';
import type { Refusal, Selector } from './types.ts';
import type { Watch, WatchAnswer, WatchOperation } from './watch-types.ts';

export interface Watching {
  readonly selector: Selector;
  /** The first revision that was not asked about. */
  readonly from: number;
  readonly prevKv: boolean;
  readonly only: 'put' | 'delete' | undefined;
  /** As it was when the watch began. */
  readonly compactRevision: number;
}

/** By name. */
export type Watches = ReadonlyMap<string, Watching>;

export interface WatchStep {
  readonly after: Watches;
  readonly response: WatchAnswer | Refusal | { readonly kind: 'done' };
}

/** What there is to be watched. */
export interface Past {
  readonly changes: readonly Change[];
  readonly compactRevision: number;
}

export function stepWatch(watches: Watches, operation: WatchOperation, past: Past): WatchStep {
  const { name } = operation;
  if (operation.op === 'watch') {
    const begun = begin(operation, past);
    if ('kind' in begun) return { after: watches, response: begun };
    return { after: new Map([...watches, [name, begun]]), response: { kind: 'done' } };
  }
  const watching = watches.get(name);
  if (watching === undefined) throw new Error(`there is no watch ${name}`);
  if (operation.op === 'cancel') {
    const after = new Map([...watches].filter(([other]) => other !== name));
    return { after, response: { kind: 'done' } };
  }
  const from = Math.max(watching.from, currentRevision(past.changes) + 1);
  return {
    after: new Map([...watches, [name, { ...watching, from }]]),
    response: { kind: 'events', events: eventsOf(watching, past.changes) },
  };
}

function begin(
  { selector: given, from = 0, prevKv = false, only }: Watch,
  { changes, compactRevision }: Past,
): Watching | Refusal {
  const selector = watched(given);
  const refused = checkSelector(selector);
  if (refused !== undefined) return refused;
  if (isForNoKey(selector)) return invalidArgument;
  // R97; R98: a negative one, whatever is compacted.
  if (from < 0 || (from > 0 && from < compactRevision)) return compacted(compactRevision);
  const first = from === 0 ? currentRevision(changes) + 1 : from;
  return { selector, from: first, prevKv, only, compactRevision };
}

/** Everything that was not asked about, in the order it was done. */
function eventsOf(watching: Watching, changes: readonly Change[]): Event[] {
  const { selector, from, only, compactRevision } = watching;
  return survivors(changes, compactRevision)
    .filter(({ main, key, kv }) => {
      const type = kv === undefined ? 'delete' : 'put';
      return main >= from && selects(selector, key) && (only === undefined || only === type);
    })
    .map((stored) => {
      const prevKv = watching.prevKv ? stateBefore(stored) : undefined;
      return { ...eventOf(stored), ...(prevKv !== undefined && { prevKv }) };
    });

  /** R104: not of a create, nor where it was compacted. */
  function stateBefore({ main, key, kv }: Stored): Event['prevKv'] {
    if (kv?.createRevision === main || main - 1 < compactRevision) return undefined;
    return stateAt(changes, main - 1).find((before) => before.key === key);
  }
}

/** R90: an empty key stands for the one that is a NUL byte, and as the lower bound, too. */
function watched(selector: Selector): Selector {
  if ('key' in selector && selector.key === '') return { key: '\x00' };
  if ('gte' in selector && selector.gte === '') return { ...selector, gte: '\x00' };
  return selector;
}

/** R96: bounds between which there is no key, to the byte. The first key after k is k and a NUL byte. */
function isForNoKey(selector: Selector): boolean {
  if ('all' in selector || 'key' in selector || 'prefix' in selector) return false;
  const { gte, gt, lt, lte } = selector;
  const first = gte ?? (gt === undefined ? '\x00' : `${gt}\x00`);
  const end = lt ?? (lte === undefined ? undefined : `${lte}\x00`);
  return end !== undefined && first >= end;
}
