/**
 * Where each watcher is. One that is behind reads the log in turn, unless its stream is full: then it waits
 * there, with the batch that found no room (a victim) or without.
 */
import type { EventBatch } from './event-batch.ts';
import type { Watcher } from './watcher.ts';
import { WatcherGroup } from './watcher-group.ts';

export interface RosterInit {
  /** The current revision. */
  readonly rev: () => number;
  readonly random: () => number;
  /** Some watcher is behind, and its stream has room. */
  readonly onBehind: () => void;
}

export class Roster {
  readonly synced: WatcherGroup;
  /** Behind, in the order in which they get their turn. */
  readonly unsynced: Set<Watcher> = new Set();
  /** Behind as well, but their streams are full. */
  readonly #heldUp = new Set<Watcher>();
  readonly #victims = new Set<Watcher>();
  readonly #init: RosterInit;

  constructor(init: RosterInit) {
    this.#init = init;
    this.synced = new WatcherGroup(init.random);
  }

  get counts(): { readonly synced: number; readonly unsynced: number; readonly victims: number } {
    return {
      synced: this.synced.size,
      unsynced: this.unsynced.size + this.#heldUp.size,
      victims: this.#victims.size,
    };
  }

  /** Synced if nothing that is there already is for it. */
  place(watcher: Watcher): void {
    const { stream } = watcher;
    if (watcher.minRevision > this.#init.rev()) {
      watcher.state = 'synced';
      this.synced.add(watcher);
      return;
    }
    watcher.state = 'unsynced';
    if (stream.chan.hasRoom) {
      this.unsynced.add(watcher);
      this.#init.onBehind();
    } else {
      this.#heldUp.add(watcher);
      stream.waiting.add(watcher);
    }
  }

  /** A victim: it keeps the batch until there is room. */
  hold(watcher: Watcher, batch: EventBatch): void {
    this.displace(watcher);
    watcher.minRevision = batch.revision + 1;
    watcher.kept = batch;
    watcher.state = 'victim';
    this.#victims.add(watcher);
    watcher.stream.waiting.add(watcher);
  }

  /** Nowhere; its batch is dropped. */
  displace(watcher: Watcher): void {
    if (watcher.state === 'synced') this.synced.delete(watcher);
    this.unsynced.delete(watcher);
    this.#heldUp.delete(watcher);
    this.#victims.delete(watcher);
    watcher.stream.waiting.delete(watcher);
    watcher.kept = undefined;
  }

  /** To the end of the line, or to where it belongs by now. */
  replace(watcher: Watcher): void {
    this.displace(watcher);
    this.place(watcher);
  }

  /** Back to reading the log, whatever is there now: from its own place, but not from before `from`. */
  rewind(watcher: Watcher, from: number): void {
    this.displace(watcher);
    watcher.minRevision = Math.max(watcher.minRevision, from);
    watcher.state = 'unsynced';
    this.unsynced.add(watcher);
  }
}
