/**
 * All revisions of one key, in generations. A **generation** is one life of the key: it begins with a
 * put, gathers puts, and ends with a tombstone. The last generation is open; right after a tombstone it
 * is empty.
 *
 * Revisions are **ordinals**: places in the store's revision order, small integers. Ordinal order is
 * (main, sub) order, so whoever asks "at revision r" asks for the last ordinal whose main is at most r,
 * once, and everything here is integer comparison, right even when a key has several records in one main.
 *
 * Worked example. The key `a` is put at ordinals 1 and 4, deleted at 6, put at 8 and 9, deleted at 11:
 *
 *     open      { }                                     version 0: deleted
 *     closed    { 8, 9, 11(t) }   created 8's main      version 3 (the tombstone counts)
 *               { 1, 4, 6(t) }    created 1's main      version 3
 *
 *     get at  0: nothing   1-3: 1 (version 1)   4-5: 4 (2)   6-7: nothing   8: 8 (1)   9-10: 9 (2)   11-: nothing
 *
 * The effect of compacting the same index at various ordinals, each from the state above; `t!` is a
 * tombstone whose main is the compacted revision itself:
 *
 *     compact  2:   { 1, 4, 6(t) } { 8, 9, 11(t) }      1 is what a read at 2 sees
 *     compact  5:   { 4, 6(t) } { 8, 9, 11(t) }         1 is older than what a read at 5 sees
 *     compact  6:   { 6(t!) } { 8, 9, 11(t) }           kept for watchers that start at it (R83) …
 *     compact  7:   { 8, 9, 11(t) }                     … and dropped by the next compaction
 *     compact 10:   { 9, 11(t) }
 *     compact 11:   { 11(t!) }
 *     compact 12:   nothing left: the key leaves the index
 *
 * Almost every key of a large store has one revision in one generation, so that case has no history
 * object at all: `modified` is the only revision.
 */
import { assert } from '../base/assert.ts';
import type { KeyString } from '../base/bytes.ts';

/** A closed generation: its last revision is the tombstone that ended it. */
export interface Generation {
  /** Main revision of its first put, kept though compaction may have dropped that record. */
  readonly created: number;
  /** Puts and tombstone ever made in it: the last revision's version. */
  readonly version: number;
  /** Ordinals that are left, oldest first, never empty. */
  readonly revisions: number[];
}

/** What lies behind the flat fields; null while `modified` is the only revision there is. */
interface History {
  /** The open generation's ordinals, oldest first; empty if the key is deleted. */
  open: number[];
  /** Oldest first. */
  readonly closed: Generation[];
}

/** A key's state at some revision: the ordinal that made it, and the fields etcd's index answers. */
export interface IndexedRevision {
  readonly modified: number;
  readonly created: number;
  readonly version: number;
}

export class KeyIndex {
  readonly key: KeyString;
  /** The newest revision of any generation, tombstones included. */
  modified: number;
  /** Main revision of the open generation's first put; 0 if the key is deleted. */
  created: number;
  /** Puts in the open generation; 0 if the key is deleted. */
  version: number;
  #history: History | null = null;
  /** For the key table, which chains the indices of one bucket. */
  next: KeyIndex | null = null;

  /** The first put of a key; or, on restore, the oldest record that is left of it (R89b). */
  constructor(key: KeyString, ordinal: number, created: number, version: number) {
    this.key = key;
    this.modified = ordinal;
    this.created = created;
    this.version = version;
  }

  /** A key of which a tombstone is the oldest record left (R89b). */
  static ofTombstone(key: KeyString, ordinal: number): KeyIndex {
    return KeyIndex.of(key, [{ created: 0, version: 1, revisions: [ordinal] }], [], 0, 0);
  }

  /** From its parts, as a checkpoint keeps them. */
  static of(
    key: KeyString,
    closed: Generation[],
    open: number[],
    created: number,
    version: number,
  ): KeyIndex {
    const modified = open.at(-1) ?? closed.at(-1)?.revisions.at(-1);
    assert(modified !== undefined, () => 'a key index has at least one revision');
    assert((open.length === 0) === (version === 0), () => 'an open generation has a version');
    const index = new KeyIndex(key, modified, created, version);
    if (closed.length > 0 || open.length > 1) index.#history = { open, closed };
    return index;
  }

  /** `modified` is the only revision, and a put. */
  get isFlat(): boolean {
    return this.#history === null;
  }
  get isDeleted(): boolean {
    return this.version === 0;
  }
  /** No revision is left: the key has no place in the index any more. */
  get isEmpty(): boolean {
    return this.version === 0 && this.closed.length === 0;
  }
  get closed(): readonly Generation[] {
    return this.#history?.closed ?? [];
  }
  /** Ordinals of the open generation. */
  get open(): readonly number[] {
    return this.#history?.open ?? [this.modified];
  }

  put(ordinal: number, main: number): void {
    assert(ordinal > this.modified, () => `put at ordinal ${ordinal} after ${this.modified}`);
    this.#history ??= { open: [this.modified], closed: [] };
    this.#history.open.push(ordinal);
    if (this.version === 0) this.created = main;
    this.version++;
    this.modified = ordinal;
  }

  /**
   * A put as restore finds it, which knows its generation by its own record: what lay between may have
   * been compacted and be gone from disk, the tombstone of the generation before included.
   */
  restorePut(ordinal: number, created: number, version: number): void {
    if (!this.isDeleted && this.created !== created) {
      // Everything before was dead before its tombstone could leave the disk.
      this.#history = null;
      this.modified = ordinal;
    } else {
      this.put(ordinal, created);
    }
    this.created = created;
    this.version = version;
  }

  /** A tombstone as restore finds it; that of a generation of which nothing else is left (R89b). */
  restoreTombstone(ordinal: number): void {
    if (!this.isDeleted) {
      this.tombstone(ordinal);
      return;
    }
    this.#history!.closed.push({ created: 0, version: 1, revisions: [ordinal] });
    this.modified = ordinal;
  }

  /** Leaves out what is dead; returns whether anything was. The index may be empty then. */
  prune(isDead: (ordinal: number) => boolean): boolean {
    const isAlive = (ordinal: number): boolean => !isDead(ordinal);
    if (this.isFlat ? isAlive(this.modified) : this.#all().every(isAlive)) return false;
    const closed: Generation[] = [];
    for (const generation of this.closed) {
      const revisions = generation.revisions.filter(isAlive);
      if (revisions.length > 0) closed.push({ ...generation, revisions });
    }
    const open = this.isDeleted ? [] : this.open.filter(isAlive);
    if (open.length === 0) {
      // The tombstone that ended it is gone from disk.
      this.created = 0;
      this.version = 0;
    }
    this.replace(closed, open);
    this.modified = open.at(-1) ?? closed.at(-1)?.revisions.at(-1) ?? this.modified;
    return true;
  }

  /** Ends the open generation, which must not be empty. */
  tombstone(ordinal: number): void {
    assert(ordinal > this.modified, () => `tombstone at ordinal ${ordinal} after ${this.modified}`);
    assert(!this.isDeleted, () => 'the key is deleted already');
    const { created, version } = this;
    this.#history ??= { open: [this.modified], closed: [] };
    const revisions = this.#history.open;
    revisions.push(ordinal);
    this.#history.closed.push({ created, version: version + 1, revisions });
    this.#history.open = [];
    this.created = 0;
    this.version = 0;
    this.modified = ordinal;
  }

  /** Takes the newest revision back, as if it had never been made. The index may be empty then. */
  retract(): void {
    const history = this.#history;
    if (this.isDeleted) {
      const { created, version, revisions } = history!.closed.pop()!;
      revisions.pop();
      history!.open = revisions;
      this.created = created;
      this.version = version - 1;
    } else {
      history?.open.pop();
      this.version--;
      if (this.version === 0) this.created = 0;
    }
    const newest = history?.open.at(-1) ?? history?.closed.at(-1)?.revisions.at(-1);
    if (newest !== undefined) this.modified = newest;
    else this.version = 0;
  }

  /** The ordinal of the put that a read at ordinal `at` sees, or -1. */
  revisionAt(at: number): number {
    if (at >= this.modified) return this.version === 0 ? -1 : this.modified;
    const history = this.#history;
    if (history === null) return -1;
    const found = lastAtMost(history.open, at);
    if (found >= 0) return history.open[found]!;
    for (let g = history.closed.length - 1; g >= 0; g--) {
      const { revisions } = history.closed[g]!;
      const index = lastAtMost(revisions, at);
      // The newest revision at `at` is a tombstone: the key was deleted then.
      if (index >= 0) return index === revisions.length - 1 ? -1 : revisions[index]!;
    }
    return -1;
  }

  /** The same with what etcd's index says of it, or undefined. */
  get(at: number): IndexedRevision | undefined {
    const modified = this.revisionAt(at);
    if (modified < 0) return undefined;
    const { created, version } = this;
    for (const generation of [...this.closed, { created, version, revisions: this.open }]) {
      const index = generation.revisions.indexOf(modified);
      if (index < 0) continue;
      const after = generation.revisions.length - 1 - index;
      return { modified, created: generation.created, version: generation.version - after };
    }
    return undefined;
  }

  /** Ordinals from `from` on, of all generations; of several with one main only the last (R87). */
  since(from: number, mainOf: (ordinal: number) => number): number[] {
    const found: number[] = [];
    for (const ordinal of this.#all()) {
      if (ordinal < from) continue;
      const last = found.at(-1);
      if (last !== undefined && mainOf(last) === mainOf(ordinal)) found.pop();
      found.push(ordinal);
    }
    return found;
  }

  /** Every revision, newest first, until `visit` returns false. */
  walk(visit: (ordinal: number, tombstone: boolean) => boolean | undefined): void {
    const tombstones = new Set(this.closed.map(({ revisions }) => revisions.at(-1)));
    for (const ordinal of this.#all().reverse()) {
      if (visit(ordinal, tombstones.has(ordinal)) === false) return;
    }
  }

  #all(): number[] {
    const open = this.version === 0 ? [] : this.open;
    return [...this.closed.flatMap(({ revisions }) => revisions), ...open];
  }

  /** For compaction, which lives in `key-index-compact.ts`. */
  replace(closed: Generation[], open: number[]): void {
    const flat = closed.length === 0 && open.length <= 1;
    this.#history = flat ? null : { open, closed };
  }
}

/** Index of the last element that is at most `at`, or -1. */
export function lastAtMost(ordinals: readonly number[], at: number): number {
  let lower = 0;
  let upper = ordinals.length;
  while (lower < upper) {
    const middle = (lower + upper) >>> 1;
    if (ordinals[middle]! <= at) lower = middle + 1;
    else upper = middle;
  }
  return lower - 1;
}
