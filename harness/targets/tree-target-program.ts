/** What is done to the index of all keys, and how often under which traffic. */
import type { Arbitrary } from 'fast-check';
import type { Bytes } from '../../spec/types.ts';
import type { Features } from '../traffic/features.ts';
import type { Profile } from '../traffic/profiles.ts';
import { type Digits, programsOf, type Weights } from './index-target-codes.ts';
import { BOUNDS, KEYS } from './tree-target-keys.ts';

export interface TreeChange {
  readonly key: Bytes;
  readonly tombstone: boolean;
}

export type TreeCommand =
  /** One transaction; a delete of what does not exist changes nothing. */
  | { readonly op: 'write'; readonly changes: readonly TreeChange[]; readonly undone: boolean }
  /** `back`: so many ordinals before the newest one, as far as they are readable; -1: behind it. */
  | {
      readonly op: 'look';
      readonly low: Bytes;
      readonly high: Bytes;
      readonly back: number;
      readonly limit: number;
    }
  /** So many revisions on from the last compacted one. `few`: only of keys that changed since. */
  | { readonly op: 'compact'; readonly on: number; readonly few: boolean; readonly slices: number }
  | { readonly op: 'slices'; readonly slices: number }
  | { readonly op: 'checkpoint' }
  /** From records alone, from an image of the index as it is, or from the checkpoint under way. */
  | {
      readonly op: 'restore';
      readonly from: 'records' | 'image' | 'checkpoint';
      readonly back: number;
      readonly withDead: boolean;
    };

type Kind = 'put' | 'delete' | 'write' | 'undone' | 'look' | 'compact' | 'slices' | Restarting;
type Restarting = 'checkpoint' | 'restore';

interface Traffic {
  readonly weights: Weights<Kind>;
  readonly keys: number;
}

const TRAFFIC: Record<Profile, Traffic> = {
  uniform: { keys: 16, weights: weighed([18, 8, 10, 4, 12, 5, 4, 2, 3]) },
  // Many keys, changed again and again, compacted all the time.
  kubernetes: { keys: 16, weights: weighed([24, 3, 10, 2, 12, 8, 6, 2, 2]) },
  // Few keys, taken and given back.
  locks: { keys: 4, weights: weighed([16, 16, 10, 4, 8, 4, 2, 2, 2]) },
  queue: { keys: 8, weights: weighed([16, 14, 12, 2, 10, 5, 3, 1, 2]) },
};

const COMMANDS_MAX = 32;

export function treePrograms(profile: Profile, features: Features): Arbitrary<TreeCommand[]> {
  const { weights, keys } = TRAFFIC[profile];
  const given = { ...weights };
  const off = (feature: Parameters<Features['has']>[0], ...kinds: readonly Kind[]): void => {
    if (!features.has(feature)) for (const kind of kinds) given[kind] = 0;
  };
  off('reads', 'look');
  off('deletes', 'delete');
  off('writes', 'write', 'undone');
  off('compaction', 'compact', 'slices');
  off('restarts', 'checkpoint', 'restore');
  const traffic = { keys: KEYS.slice(0, keys), deletes: features.has('deletes') };
  return programsOf(given, (kind, digits) => decode(kind, digits, traffic), COMMANDS_MAX);
}

function decode(
  kind: Kind,
  digits: Digits,
  traffic: { readonly keys: readonly Bytes[]; readonly deletes: boolean },
): TreeCommand {
  switch (kind) {
    case 'look': {
      const back = digits.pick([0, -1, 1, digits.take(32)]);
      const low = digits.pick(BOUNDS.slice(1));
      return { op: 'look', low, high: digits.pick(BOUNDS), back, limit: digits.take(4) };
    }
    case 'compact': {
      const on = 1 + digits.pick([digits.take(4), digits.take(4), digits.take(32)]);
      return { op: 'compact', on, few: digits.once(2), slices: digits.pick([0, 1, 3, 99]) };
    }
    case 'slices':
      return { op: 'slices', slices: digits.pick([1, 2, 99]) };
    case 'checkpoint':
      return { op: 'checkpoint' };
    case 'restore': {
      const from = digits.pick(['records', 'image', 'checkpoint'] as const);
      return { op: 'restore', from, back: digits.take(8), withDead: digits.once(2) };
    }
    case 'put':
    case 'delete': {
      const key = digits.pick(traffic.keys);
      return { op: 'write', changes: [{ key, tombstone: kind === 'delete' }], undone: false };
    }
    case 'write':
    case 'undone':
    default: {
      const changes = Array.from({ length: 2 + digits.take(3) }, () => ({
        key: digits.pick(traffic.keys),
        tombstone: digits.once(2) && traffic.deletes,
      }));
      return { op: 'write', changes, undone: kind === 'undone' };
    }
  }
}

function weighed(weights: readonly number[]): Record<Kind, number> {
  const [put, del, write, undone, look, compact, slices, checkpoint, restore] = weights as Nine;
  return { put, delete: del, write, undone, look, compact, slices, checkpoint, restore };
}

type Nine = [number, number, number, number, number, number, number, number, number];
