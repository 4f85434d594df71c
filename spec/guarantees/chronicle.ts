/**
 * Every change ever made, as a list: what a watch should have shown is read off it. It is kept by whoever
 * writes, from what was written, and knows nothing of how a store remembers its past.
 *
 *     changes        in the list                                   before
 *     2  put a=1     put a=1 create 2 mod 2 version 1, a create    -
 *     3  put a=2     put a=2 create 2 mod 3 version 2, superseded  a=1 mod 2
 *     3  delete a    delete a                                      a=1 mod 2
 *
 * Two changes of a key in one revision have the same state before it (R104). The first one is superseded:
 * a compaction at 3 leaves only the second (R82).
 */
import { describeKeyValue } from '../describe.ts';
import { type Change, putOn } from '../history.ts';
import { wordOf } from '../syntax.ts';
import type { Bytes, KeyValue } from '../types.ts';

/** What an event tells, all but the state before it. */
export interface Happening {
  readonly type: 'put' | 'delete';
  readonly key: Bytes;
  readonly revision: number;
  /** Undefined for a delete (R103). */
  readonly kv: KeyValue | undefined;
  readonly isCreate: boolean;
}

export interface Made extends Happening {
  /** All of the happening as one line: two are the same when their lines are. */
  readonly text: string;
  /** The key at the revision before this one. */
  readonly before: KeyValue | undefined;
  readonly isSuperseded: boolean;
}

export class Chronicle {
  #made: Made[] = [];
  readonly #alive = new Map<Bytes, KeyValue>();

  static of(changes: readonly Change[]): Chronicle {
    const chronicle = new Chronicle();
    let first = 0;
    for (let i = 1; i <= changes.length; i++) {
      if (changes[i]?.revision === changes[first]?.revision) continue;
      chronicle.add(changes.slice(first, i));
      first = i;
    }
    return chronicle;
  }

  /** In revision order, and in a revision in the order it was made. */
  get made(): readonly Made[] {
    return this.#made;
  }

  /** Keys that exist, and their states. */
  get alive(): ReadonlyMap<Bytes, KeyValue> {
    return this.#alive;
  }

  /** All changes of one revision. */
  add(changes: readonly Change[]): void {
    const before = new Map(changes.map(({ key }) => [key, this.#alive.get(key)]));
    for (const [i, change] of changes.entries()) {
      const { type, key, revision } = change;
      const kv = type === 'put' ? putOn(this.#alive.get(key), change) : undefined;
      if (kv === undefined) this.#alive.delete(key);
      else this.#alive.set(key, kv);
      const happening = { type, key, revision, kv, isCreate: kv?.createRevision === revision };
      this.#made.push({
        ...happening,
        text: textOf(happening),
        before: before.get(key),
        isSuperseded: changes.slice(i + 1).some((later) => later.key === key),
      });
    }
  }

  /** For a list that would grow for hours: nothing below this revision will be asked for. */
  forgetBelow(revision: number): void {
    const first = this.#made.findIndex((made) => made.revision >= revision);
    this.#made = first < 0 ? [] : this.#made.slice(first);
  }
}

export function textOf({ type, key, revision, kv, isCreate }: Happening): string {
  if (kv === undefined) return `${revision} ${type} ${wordOf(key)}`;
  return `${revision} ${isCreate ? 'create' : type} ${describeKeyValue(kv)}`;
}
