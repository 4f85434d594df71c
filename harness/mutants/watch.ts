/** Bugs in watching: events that are lost, shown twice, too early, to the wrong one, or half. */
import type { Mutant } from './mutant.ts';

const caughtBy = { target: 'memory', profile: 'uniform' } as const;
const onDisk = { target: 'disk', profile: 'uniform' } as const;
const WATCHABLE = 'engine/watch/watchable-store.ts';
const ROSTER = 'engine/watch/roster.ts';
const CATCH_UP = 'engine/watch/catch-up.ts';
const WATCHES = 'engine/watches.ts';
const WATCH = 'engine/queued-watch.ts';

const beginning: readonly Mutant[] = [
  {
    name: 'a watch from the current revision misses it',
    file: ROSTER,
    find: 'if (watcher.minRevision > this.#init.rev()) {',
    replace: 'if (watcher.minRevision >= this.#init.rev()) {',
    caughtBy,
    rule: 'R91',
    runs: 300,
  },
  {
    name: 'a watch from now on shows the current revision',
    file: 'engine/watch/watch-stream.ts',
    find: 'startRevision > 0 ? startRevision : this.rev() + 1;',
    replace: 'startRevision > 0 ? startRevision : this.rev();',
    caughtBy,
    rule: 'R91',
    runs: 300,
  },
  {
    name: 'a watch from the compacted revision is refused',
    file: WATCHES,
    find: 'if (startRevision > 0 && startRevision < compactRevision) {',
    replace: 'if (startRevision > 0 && startRevision <= compactRevision) {',
    caughtBy,
    rule: 'R99',
    runs: 1000,
  },
  {
    name: 'a watch says that what comes before it begins was delivered, and one revision more',
    file: WATCHES,
    find: 'if (startRevision > 0) before = startRevision - 1;',
    replace: 'if (startRevision > 0) before = startRevision;',
    caughtBy,
    rule: 'Resumable',
    runs: 1000,
  },
  {
    name: 'a watch that was refused says that everything was delivered',
    file: WATCHES,
    find: 'if (startRevision > 0) before = startRevision - 1;',
    replace: '',
    caughtBy,
    rule: 'Resumable',
    runs: 1000,
  },
];

const matching: readonly Mutant[] = [
  {
    name: 'who watches the range does not hear of a key that is watched by itself',
    file: 'engine/watch/watcher-group.ts',
    find: `if (exact !== undefined) matches.push(exact);
    if (this.#byRange.size > 0)`,
    replace: `if (exact !== undefined) matches.push(exact);
    else if (this.#byRange.size > 0)`,
    caughtBy,
    rule: 'Reliable',
    runs: 1000,
  },
  {
    name: 'a watch of a range sees the key it ends at',
    file: 'engine/base/interval-tree.ts',
    find: 'if (node.high > key) found.push(node.value);',
    replace: 'if (node.high >= key) found.push(node.value);',
    caughtBy,
    rule: 'Filter',
    runs: 300,
  },
  {
    name: 'ranges below the one that ends first are not looked at',
    file: 'engine/base/interval-tree.ts',
    find: 'if (this.right !== null && this.right.max > max) ({ max } = this.right);',
    replace: '',
    caughtBy,
    rule: 'Reliable',
    runs: 3000,
  },
  {
    name: 'cancelling one watch of a key ends the others',
    file: 'engine/watch/watcher-group.ts',
    find: 'if (feed.watchers.size > 0) return feed;',
    replace: '',
    caughtBy,
    rule: 'R111',
    runs: 1000,
  },
  {
    name: 'who wants no deletes gets none of the puts in the same transaction',
    file: 'engine/watch/feed.ts',
    find: "if ((flavour & (event.type === 'put' ? NO_PUT : NO_DELETE)) !== 0) return false;",
    replace: `if ((flavour & (event.type === 'put' ? NO_PUT : NO_DELETE)) !== 0) {
      this.#events = this.#events.filter(({ revision }) => revision < event.revision);
      return false;
    }`,
    caughtBy,
    rule: 'R105',
    runs: 1000,
  },
];

const before: readonly Mutant[] = [
  {
    name: 'the state before an event is the one after it',
    file: 'engine/watch/prev-kv.ts',
    find: 'const before = revision - 1;',
    replace: 'const before = revision;',
    caughtBy,
    rule: 'R104',
    runs: 300,
  },
  {
    name: 'the state at the compacted revision is not shown before an event',
    file: 'engine/watch/prev-kv.ts',
    find: 'if (before < Math.max(1, this.#kv.firstRev())) return undefined;',
    replace: 'if (before <= Math.max(1, this.#kv.firstRev())) return undefined;',
    caughtBy,
    rule: 'R104',
    runs: 1000,
  },
  {
    name: 'who catches up is not told the state before',
    file: CATCH_UP,
    find: 'const prevKv = new PrevKv(this.#kv);',
    replace: 'const prevKv = { with: (event: WatchEvent) => event } as unknown as PrevKv;',
    caughtBy,
    rule: 'R104',
    runs: 300,
  },
];

const behind: readonly Mutant[] = [
  {
    name: 'a stretch of the log ends one revision late for those who read it',
    file: WATCHABLE,
    find: 'const next = round.upTo + 1;',
    replace: 'const next = round.upTo + 2;',
    caughtBy,
    rule: 'Reliable',
    runs: 300,
  },
  {
    name: 'who is further behind is taken along and loses what lies between',
    file: WATCHABLE,
    find: 'if (watcher.minRevision >= from && watcher.minRevision <= to) chosen.push(watcher);',
    replace: 'if (watcher.minRevision <= to) chosen.push(watcher);',
    caughtBy,
    rule: 'Reliable',
    runs: 300,
  },
  {
    name: 'a piece of a batch begins after the revision it should begin with',
    file: 'engine/watch/event-batch.ts',
    find: 'findIndex((event) => event.revision >= revision);',
    replace: 'findIndex((event) => event.revision > revision);',
    caughtBy,
    rule: 'R91',
    runs: 1000,
  },
  {
    name: 'what waits in a feed that spills is forgotten',
    file: WATCHABLE,
    find: 'const from = feed.firstRevision ?? revision;\n    feed.clear();',
    replace: 'const from = revision;\n    feed.clear();',
    caughtBy,
    rule: 'Reliable',
    runs: 1000,
  },
  {
    name: 'the batch of a victim is dropped when there is room again',
    file: WATCHABLE,
    find: 'const { kept } = watcher;\n      this.#roster.displace(watcher);',
    replace: 'this.#roster.displace(watcher);\n      const { kept } = watcher;',
    caughtBy,
    rule: 'Reliable',
    runs: 1000,
  },
  {
    name: 'a victim reads the last revision of its batch again',
    file: ROSTER,
    find: 'watcher.minRevision = batch.revision + 1;',
    replace: 'watcher.minRevision = batch.revision;',
    caughtBy,
    rule: 'Unique',
    runs: 1000,
  },
  {
    name: 'events that may not be shown yet are forgotten by the next flush',
    file: 'engine/watch/watchable-store.ts',
    find: '      if (!feed.isEmpty) this.#synced.handBack(feed);\n',
    replace: '',
    caughtBy: onDisk,
    rule: 'Reliable',
    runs: 1000,
  },
  {
    name: 'taking a batch wakes the consumer, which takes the next one first',
    file: 'engine/watch/watch-chan.ts',
    find: 'if (!this.#isTaking && this.isReadable) this.onReadable();',
    replace: 'if (this.isReadable) this.onReadable();',
    caughtBy: onDisk,
    rule: 'Ordered',
    runs: 1000,
  },
];

const bookmarks: readonly Mutant[] = [
  {
    name: 'progress is told to a watch that is behind',
    file: 'engine/watch/watch-stream.ts',
    find: 'if (!watcher.hasSeen(shown)) return false;',
    replace: '',
    caughtBy,
    rule: 'R107',
    runs: 300,
  },
  {
    name: 'progress is told to a watch whose stream is full',
    file: 'engine/watch/watcher.ts',
    find: "return state === 'synced' && startRevision <= revision && minRevision <= revision + 1;",
    replace:
      "return state !== 'ended' && startRevision <= revision && minRevision <= revision + 1;",
    caughtBy,
    rule: 'Bookmarkable',
    runs: 300,
  },
  {
    name: 'a revision counts as delivered with its first event',
    file: WATCH,
    find: `    if (following === undefined || following.revision > event.revision) {
      this.#reached(event.revision);
    }`,
    replace: '    this.#reached(event.revision);',
    caughtBy,
    rule: 'Resumable',
    runs: 300,
  },
  {
    name: 'a batch counts as delivered while its events are handed out',
    file: WATCH,
    find: 'else this.#batch = batch;',
    replace: `else {
        this.#batch = batch;
        this.#reached(batch.revision);
      }`,
    caughtBy,
    rule: 'Resumable',
    runs: 300,
  },
  {
    name: 'a watch that has not begun is told of progress',
    file: 'engine/watch/watcher.ts',
    find: "return state === 'synced' && startRevision <= revision && minRevision <= revision + 1;",
    replace: "return state === 'synced';",
    caughtBy,
    rule: 'R107',
    runs: 300,
  },
];

export const watchMutants: readonly Mutant[] = [
  ...beginning,
  ...matching,
  ...before,
  ...behind,
  ...bookmarks,
];
