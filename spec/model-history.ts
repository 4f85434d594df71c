/** The past: every change between two revisions, and what differs between two revisions. */
import { type Change, compareBytes, currentRevision, stateAt } from './history.ts';
import type { Difference, Diff, Event, History, HistoryAnswer } from './maintenance-types.ts';
import { checkSelector, selects } from './model-range.ts';
import { compacted, futureRevision } from './refusals.ts';
import { type Stored, survivors } from './survivors.ts';
import type { Refusal } from './types.ts';

/** What is left with `from` ≤ revision ≤ `to`, in the order it was done (R99 says the same of watches). */
export function history(
  changes: readonly Change[],
  compactRevision: number,
  { selector, from = 0, to = 0 }: History,
): HistoryAnswer | Refusal {
  const current = currentRevision(changes);
  const refused = checkSelector(selector);
  if (refused !== undefined) return refused;
  if (to > current) return futureRevision;
  if (from > 0 && from < compactRevision) return compacted(compactRevision);
  const first = from > 0 ? from : compactRevision;
  const last = to > 0 ? to : current;
  const events = survivors(changes, compactRevision)
    .filter(({ main, key }) => main >= first && main <= last && selects(selector, key))
    .map(eventOf);
  return { kind: 'history', events };
}

export function eventOf({ key, main, kv }: Stored): Event {
  if (kv === undefined) return { type: 'delete', key, revision: main };
  return { type: 'put', kv, isCreate: kv.createRevision === main };
}

/** Keys that were put or deleted between the two revisions, unless they exist in neither. */
export function diff(
  changes: readonly Change[],
  compactRevision: number,
  { selector, from, to = 0 }: Diff,
): HistoryAnswer | Refusal {
  const current = currentRevision(changes);
  const last = to > 0 ? to : current;
  const refused = checkSelector(selector);
  if (refused !== undefined) return refused;
  if (from > current || last > current) return futureRevision;
  if (Math.min(from, last) < compactRevision) return compacted(compactRevision);
  const before = new Map(stateAt(changes, from).map((kv) => [kv.key, kv]));
  const after = new Map(stateAt(changes, last).map((kv) => [kv.key, kv]));
  const keys = new Set([...before.keys(), ...after.keys()]);
  const differences = [...keys]
    .filter((key) => selects(selector, key))
    .sort(compareBytes)
    .map((key): Difference => ({ key, before: before.get(key), after: after.get(key) }))
    .filter(({ before, after }) => before?.modRevision !== after?.modRevision);
  return { kind: 'diff', differences };
}
