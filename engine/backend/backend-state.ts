/**
 * What a backend keeps in memory: the revisions' places, the small buckets, what of it is dead and where,
 * and the private views that are open. A view is a bound (it sees the ordinals below it) and the dead it
 * still has to see.
 */
import type { KeyString } from '../base/bytes.ts';
import type { OrderedMap } from '../base/ordered-map.ts';
import { RECORD_HEADER_BYTES } from '../log/format.ts';
import type { Revisions, StoredRevision } from './backend.ts';
import { Buckets, type Entry } from './buckets.ts';
import { applyRemovals, encodeRemovals } from './removals.ts';
import { RevisionTable } from './revision-table.ts';
import { Space } from './space.ts';

export class BackendState {
  readonly table: RevisionTable = new RevisionTable();
  buckets: Buckets = new Buckets();
  readonly space: Space = new Space();
  /** Revisions were removed that no record in the log says are. */
  hasUnsealed = false;
  /** Goes up with every removal. */
  removals = 0;
  readonly #views = new Set<{ readonly count: number; readonly kept: Set<number> }>();
  /** Entries of small buckets that the open transaction made: they move with it. */
  readonly openEntries: {
    readonly entries: OrderedMap<Entry>;
    readonly key: KeyString;
    readonly entry: Entry;
  }[] = [];
  /** Values of the next record of removals, one each time it could not be written. */
  encodedRemovals: Buffer[] = [];

  get openViews(): number {
    return this.#views.size;
  }

  append(
    main: number,
    sub: number,
    tombstone: boolean,
    slot: number,
    at: number,
    bytes: number,
  ): number {
    this.space.add(slot, bytes);
    return this.table.append(main, sub, tombstone, slot, at, bytes);
  }

  /** Sets an entry of a small bucket, or takes it out; returns what was there. */
  setEntry(
    entries: OrderedMap<Entry>,
    key: KeyString,
    entry: Entry | undefined,
  ): Entry | undefined {
    const previous = entries.get(key);
    if (entry === undefined) entries.delete(key);
    else entries.set(key, entry);
    if (previous !== undefined) this.space.die(previous.slot, entryBytes(key, previous));
    if (entry !== undefined) this.space.add(entry.slot, entryBytes(key, entry));
    return previous;
  }

  /** Takes `setEntry` back: `previous` is what it returned. */
  resetEntry(entries: OrderedMap<Entry>, key: KeyString, previous: Entry | undefined): void {
    const entry = entries.get(key);
    if (previous === undefined) entries.delete(key);
    else entries.set(key, previous);
    if (previous !== undefined) this.space.revive(previous.slot, entryBytes(key, previous));
    if (entry !== undefined) this.space.takeBack(entry.slot, entryBytes(key, entry));
  }

  /** A record in the log says so. */
  kill(ordinal: number): void {
    this.#bury(ordinal);
    this.#kill(ordinal, false);
  }

  revive(ordinal: number): void {
    this.table.revive(ordinal);
    this.space.revive(this.table.slotOf(ordinal), this.table.sizeOf(ordinal));
    for (const view of this.#views) view.kept.delete(ordinal);
  }

  /**
   * Takes a revision out; the log learns of it with the next record of removals. Whose space it was is seen to
   * when that is written, in the order of the table: a compaction comes by in the order of keys, and would miss
   * the cache once more for each column.
   */
  remove(ordinal: number): void {
    this.hasUnsealed = true;
    this.#kill(ordinal, true);
  }

  /** Yields between slices. */
  *encodeRemovals(): Generator<void, void, void> {
    const buried = (ordinal: number): void => this.#bury(ordinal);
    this.encodedRemovals.push(yield* encodeRemovals(this.table, buried));
  }

  /** The log says so now. */
  sealed(): void {
    this.encodedRemovals = [];
    this.hasUnsealed = false;
  }

  applyRemovals(runs: Uint8Array): void {
    applyRemovals(this.table, runs, (ordinal) => this.kill(ordinal));
  }

  /** Where the bytes are, after a checkpoint was loaded. */
  recount(): void {
    const { table, space } = this;
    for (let at = table.nextLeft(0); at < table.count; at = table.nextLeft(at + 1)) {
      if (table.isDead(at)) space.addDead(table.slotOf(at), table.sizeOf(at));
      else space.add(table.slotOf(at), table.sizeOf(at));
    }
    for (const [key, entry] of this.buckets.all()) space.add(entry.slot, entryBytes(key, entry));
  }

  /** Nothing in the segment is needed by anybody, so it may go without being read. */
  isVacant(slot: number): boolean {
    const { space } = this;
    if (space.liveIn(slot) > 0 || space.isMixed(slot)) return false;
    return this.openViews === 0 && !this.hasUnsealed;
  }

  /** Alive, or seen by an open view, or not dead for the log. */
  isNeeded(ordinal: number): boolean {
    if (!this.table.isBuried(ordinal)) return true;
    for (const view of this.#views) if (view.kept.has(ordinal)) return true;
    return false;
  }

  /** All revisions, now and later. */
  revisions(read: (ordinal: number) => StoredRevision): Revisions {
    const { table } = this;
    return {
      get count(): number {
        return table.count;
      },
      mainOf: (ordinal) => table.mainOf(ordinal),
      subOf: (ordinal) => table.subOf(ordinal),
      isTombstone: (ordinal) => table.isTombstone(ordinal),
      isDead: (ordinal) => table.isDead(ordinal),
      nextLeft: (ordinal) => table.nextLeft(ordinal),
      floor: (main) => table.floor(main),
      read,
    };
  }

  /** The revisions as they are now, whatever is written or removed later, until `close`. */
  freeze(all: Revisions): { readonly revisions: Revisions; readonly close: () => void } {
    const view = { count: all.count, kept: new Set<number>() };
    this.#views.add(view);
    return {
      revisions: {
        ...all,
        count: view.count,
        isDead: (ordinal) => all.isDead(ordinal) && !view.kept.has(ordinal),
        nextLeft: (ordinal) => Math.min(all.nextLeft(ordinal), view.count),
        floor: (main) => Math.min(all.floor(main), view.count - 1),
      },
      close: () => this.#views.delete(view),
    };
  }

  /** Its bytes are dead. */
  #bury(ordinal: number): void {
    this.space.die(this.table.slotOf(ordinal), this.table.sizeOf(ordinal));
  }

  #kill(ordinal: number, fresh: boolean): void {
    this.removals++;
    this.table.kill(ordinal, fresh);
    if (this.#views.size === 0) return;
    for (const view of this.#views) if (ordinal < view.count) view.kept.add(ordinal);
  }
}

/** What an entry of a small bucket takes in the log. */
export const entryBytes = (key: KeyString, { value }: Entry): number =>
  RECORD_HEADER_BYTES + key.length + value.length;
