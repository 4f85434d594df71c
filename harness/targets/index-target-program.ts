/** What is done to the index of one key, and how often under which traffic. */
import type { Arbitrary } from 'fast-check';
import type { Features } from '../traffic/features.ts';
import type { Profile } from '../traffic/profiles.ts';
import { type Digits, programsOf, type Weights } from './index-target-codes.ts';

/** Where a change comes to lie: what happened to other keys, and not at all, since the one before. */
export interface Place {
  /** Revisions of other keys in between. */
  readonly others: number;
  /** Main revisions that have no record. */
  readonly gap: number;
  /** The transaction changes another key first. */
  readonly behind: boolean;
}

export type IndexCommand =
  | ({ readonly op: 'put' | 'delete' } & Place)
  /** Several changes of the key in one transaction: bit by bit a put or a delete. */
  | ({
      readonly op: 'write';
      readonly changes: number;
      readonly deletes: number;
      readonly undone: boolean;
    } & Place)
  /** At a revision near the n-th newest record, or anywhere between the compacted and the current one. */
  | {
      readonly op: 'compact';
      readonly near: boolean;
      readonly which: number;
      readonly offset: number;
    }
  /** Of the records that a compaction took, those whose bit is set are still on disk. */
  | { readonly op: 'restore'; readonly stillThere: number };

type Kind = 'put' | 'delete' | 'write' | 'undone' | 'compact' | 'restore';

const WEIGHTS: Record<Profile, Weights<Kind>> = {
  uniform: { put: 26, delete: 12, write: 8, undone: 4, compact: 10, restore: 4 },
  // Long lives, compacted all the time.
  kubernetes: { put: 40, delete: 3, write: 3, undone: 2, compact: 14, restore: 2 },
  // Taken and given back.
  locks: { put: 24, delete: 24, write: 4, undone: 4, compact: 6, restore: 2 },
  // One put, one delete, and several of both at once.
  queue: { put: 20, delete: 18, write: 14, undone: 2, compact: 8, restore: 2 },
};

const COMMANDS_MAX = 24;

export function indexPrograms(profile: Profile, features: Features): Arbitrary<IndexCommand[]> {
  const weights = WEIGHTS[profile];
  const on = (feature: 'deletes' | 'writes' | 'compaction' | 'restarts', weight: number): number =>
    features.has(feature) ? weight : 0;
  const given: Weights<Kind> = {
    put: weights.put,
    delete: on('deletes', weights.delete),
    write: on('writes', weights.write),
    undone: on('writes', weights.undone),
    compact: on('compaction', weights.compact),
    restore: on('restarts', weights.restore),
  };
  const deletes = features.has('deletes');
  return programsOf(given, (kind, digits) => decode(kind, digits, deletes), COMMANDS_MAX);
}

function decode(kind: Kind, digits: Digits, deletes: boolean): IndexCommand {
  switch (kind) {
    case 'compact':
      return {
        op: 'compact',
        near: !digits.once(3),
        offset: digits.pick([0, -1, 1]),
        which: digits.take(64),
      };
    case 'restore':
      return { op: 'restore', stillThere: digits.pick([0, digits.take(1024)]) };
    case 'write':
    case 'undone': {
      const changes = 2 + digits.take(4);
      const bits = digits.take(32);
      const undone = kind === 'undone';
      return { op: 'write', changes, deletes: deletes ? bits : 0, undone, ...placeOf(digits) };
    }
    case 'put':
    case 'delete':
    default:
      return { op: kind, ...placeOf(digits) };
  }
}

function placeOf(digits: Digits): Place {
  const others = digits.pick([0, 0, 1, 2]);
  const gap = digits.pick([0, 0, 0, 1, 3]);
  return { others, gap, behind: digits.once(3) };
}
