/** What the multi-version store is asked, and how often under which traffic. */
import type { Arbitrary } from 'fast-check';
import type { Maintenance } from '../../spec/maintenance-types.ts';
import type { Model } from '../../spec/model.ts';
import type { Bytes, Operation } from '../../spec/types.ts';
import type { Features } from '../traffic/features.ts';
import type { Profile } from '../traffic/profiles.ts';
import { type Digits, programsOf, type Weights } from './index-target-codes.ts';
import { maintenanceOf, putOf, readOf, removalOf, writeOf } from './mvcc-target-operations.ts';
import { KEYS } from './tree-target-keys.ts';

/** What there is a question for at this level. */
export type MvccOperation =
  | Extract<Operation, { readonly op: 'get' | 'range' | 'count' }>
  | Extract<Operation, { readonly op: 'put' | 'delete' | 'write' | 'restart' }>
  | Maintenance;

/** An operation that depends on where the store is. */
export type Draft = (model: Model) => MvccOperation;

export type MvccCommand =
  | { readonly op: 'ask'; readonly kind: Kind; readonly draft: Draft }
  /** The removal of what is compacted goes on by so many slices. */
  | { readonly op: 'slices'; readonly slices: number }
  /** Puts are made while the hash is under way. */
  | { readonly op: 'hash'; readonly draft: Draft; readonly puts: readonly Draft[] };

export type Kind =
  | ('put' | 'delete' | 'write' | 'get' | 'range' | 'count')
  | ('compact' | 'slices' | 'history' | 'diff' | 'snapshot' | 'hash' | 'restart' | 'defragment');

const TRAFFIC: Record<Profile, { readonly keys: number; readonly weights: Weights<Kind> }> = {
  uniform: { keys: 16, weights: weighed(20, 8, 12, 4, 8, 3, 6, 4) },
  // Objects that are changed again and again, listed, and compacted all the time.
  kubernetes: { keys: 12, weights: weighed(26, 3, 8, 4, 8, 2, 8, 6) },
  // Few keys, taken and given back.
  locks: { keys: 4, weights: weighed(18, 16, 10, 5, 3, 1, 4, 3) },
  queue: { keys: 8, weights: weighed(20, 14, 10, 2, 8, 2, 4, 3) },
};

const COMMANDS_MAX = 36;

export function mvccPrograms(profile: Profile, features: Features): Arbitrary<MvccCommand[]> {
  const { weights, keys } = TRAFFIC[profile];
  const given = { ...weights };
  const off = (feature: Parameters<Features['has']>[0], ...kinds: readonly Kind[]): void => {
    if (!features.has(feature)) for (const kind of kinds) given[kind] = 0;
  };
  off('reads', 'get', 'range');
  off('counts', 'count');
  off('deletes', 'delete');
  off('writes', 'write');
  off('compaction', 'compact', 'slices');
  off('history', 'history', 'diff');
  off('snapshots', 'snapshot');
  off('hashes', 'hash');
  off('restarts', 'restart');
  off('defragment', 'defragment');
  const traffic = { keys: KEYS.slice(0, keys), deletes: features.has('deletes') };
  return programsOf(given, (kind, digits) => decode(kind, digits, traffic), COMMANDS_MAX);
}

export interface Traffic {
  readonly keys: readonly Bytes[];
  readonly deletes: boolean;
}

function decode(kind: Kind, digits: Digits, traffic: Traffic): MvccCommand {
  switch (kind) {
    case 'slices':
      return { op: 'slices', slices: digits.pick([1, 2, 4, 999]) };
    case 'hash': {
      const draft = maintenanceOf('hash', digits);
      const puts = Array.from({ length: digits.take(3) }, () => putOf(digits, traffic));
      return { op: 'hash', draft, puts };
    }
    case 'put':
      return { op: 'ask', kind, draft: putOf(digits, traffic) };
    case 'delete':
      return { op: 'ask', kind, draft: removalOf(digits, traffic) };
    case 'write':
      return { op: 'ask', kind, draft: writeOf(digits, traffic) };
    case 'get':
    case 'range':
    case 'count':
      return { op: 'ask', kind, draft: readOf(kind, digits, traffic) };
    case 'compact':
    case 'history':
    case 'diff':
    case 'snapshot':
    case 'restart':
    case 'defragment':
    default:
      return { op: 'ask', kind, draft: maintenanceOf(kind, digits) };
  }
}

function weighed(
  put: number,
  del: number,
  write: number,
  get: number,
  range: number,
  count: number,
  compact: number,
  slices: number,
): Record<Kind, number> {
  const rest = { history: 2, diff: 2, snapshot: 4, hash: 1, restart: 2, defragment: 1 };
  return { put, delete: del, write, get, range, count, compact, slices, ...rest };
}
