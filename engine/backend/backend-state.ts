/**
 * What a backend keeps in memory: the revisions' places, the small buckets, and the private views that
 * are open. A view is a bound (it sees the ordinals below it) and the dead it still has to see.
 */
import type { KeyString } from '../base/bytes.ts';
import type { OrderedMap } from '../base/ordered-map.ts';
import { RECORD_HEADER_BYTES } from '../log/format.ts';
import type { Revisions, StoredRevision } from './backend.ts';
import { Buckets } from './buckets.ts';
import { RevisionTable } from './revision-table.ts';

export class BackendState {
  table: RevisionTable = new RevisionTable();
  buckets: Buckets = new Buckets();
  /** Encoded size of all records that are alive. */
  liveBytes = 0;
  readonly #views = new Set<{ readonly count: number; readonly kept: Set<number> }>();

  get openViews(): number {
    return this.#views.size;
  }

  /** Sets an entry of a small bucket, or takes it out; returns what was there. */
  setEntry(
    entries: OrderedMap<Uint8Array>,
    key: KeyString,
    value: Uint8Array | undefined,
  ): Uint8Array | undefined {
    const previous = entries.get(key);
    if (value === undefined) entries.delete(key);
    else entries.set(key, value);
    this.liveBytes += entryBytes(key, value) - entryBytes(key, previous);
    return previous;
  }

  kill(ordinal: number, bytes: number): void {
    this.table.kill(ordinal);
    this.liveBytes -= bytes;
    for (const view of this.#views) if (ordinal < view.count) view.kept.add(ordinal);
  }

  revive(ordinal: number, bytes: number): void {
    this.table.revive(ordinal);
    this.liveBytes += bytes;
    for (const view of this.#views) view.kept.delete(ordinal);
  }

  /** Alive, or seen by an open view. */
  isNeeded(ordinal: number): boolean {
    if (!this.table.isDead(ordinal)) return true;
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
        floor: (main) => Math.min(all.floor(main), view.count - 1),
      },
      close: () => this.#views.delete(view),
    };
  }
}

/** What an entry of a small bucket takes in the log; 0 if there is none. */
const entryBytes = (key: KeyString, value: Uint8Array | undefined): number =>
  value === undefined ? 0 : RECORD_HEADER_BYTES + key.length + value.length;
