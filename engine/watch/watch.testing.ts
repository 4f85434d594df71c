/** A watchable store over memory, whose shown revision is a variable of the test. */
import { MemoryBackend } from '../backend/index.ts';
import { limits } from '../base/limits.ts';
import { KvStore } from '../mvcc/kvstore.ts';
import type { WatchEvent } from '../types.ts';
import { WatchableStore } from './watchable-store.ts';
import type { WatchResponse } from './watch-chan.ts';
import type { StreamOptions, WatchStream } from './watch-stream.ts';

export type Change = readonly [key: string, value?: string];

export interface Bench {
  readonly kv: KvStore;
  readonly watchable: WatchableStore;
  /** Infinity: everything may be shown as it is made. */
  shown: number;
  /** How often the store said that somebody is behind, and that something is gated. */
  readonly told: { behind: number; gated: number };
  stream(options?: Partial<StreamOptions>): WatchStream;
  /** One transaction: a change without a value deletes. Flushed, unless the test does that. */
  write(...changes: Change[]): number;
  /** Puts of one key, a revision each. */
  putMany(count: number, key?: string, value?: string): void;
  /** Until nobody is behind. Returns how many rounds there were. */
  sync(): number;
}

export function newBench(shown: number = Number.POSITIVE_INFINITY): Bench {
  const { index, restore } = KvStore.newIndex(() => 0.5);
  restore.finish();
  const kv = new KvStore(MemoryBackend.open(), index);
  const told = { behind: 0, gated: 0 };
  const watchable = new WatchableStore({
    kv,
    shownRevision: () => Math.min(bench.shown, kv.rev()),
    random: () => 0.5,
    onBehind: () => void told.behind++,
    onGated: () => void told.gated++,
  });
  const write = (...changes: Change[]): number => {
    const tx = kv.write();
    for (const [key, value] of changes) {
      if (value === undefined) tx.deleteRange(key, undefined);
      else tx.put(key, value, 0n);
    }
    tx.end();
    if (tx.changeCount > 0) watchable.notify(tx);
    watchable.flush();
    return kv.rev();
  };
  const bench: Bench = {
    kv,
    watchable,
    shown,
    told,
    stream: (options) =>
      watchable.newStream({ bufferEvents: 4096, fragmentBytes: 2 ** 21, ...options }),
    write,
    putMany(count, key = 'a', value = '') {
      for (let i = 0; i < count; i++) write([key, value]);
    },
    sync() {
      let rounds = 1;
      while (watchable.syncWatchers()) rounds++;
      return rounds;
    },
  };
  return bench;
}

/** `5 put a=1`, or `5 delete a`; with the state before in brackets. */
export function shownEvent({ type, kv, revision, prevKv }: WatchEvent): string {
  const value = type === 'put' ? `=${kv.text()}` : '';
  const before = prevKv === undefined ? '' : ` (${prevKv.text()}@${prevKv.modRevision})`;
  return `${revision} ${type} ${kv.key}${value}${before}`;
}

/** Everything that can be taken, in order. */
export function responses(stream: WatchStream): WatchResponse[] {
  const all: WatchResponse[] = [];
  for (let next = stream.next(); next !== undefined; next = stream.next()) all.push(next);
  return all;
}

/** `id@header: events`, one line a response. */
export function lines(stream: WatchStream): string[] {
  return responses(stream).map(({ watchId, revision, events, ending }) => {
    const what = ending === null ? events.map(shownEvent).join(', ') : ending.reason;
    return `${watchId}@${revision}: ${what}`;
  });
}

export const events = (stream: WatchStream): string[] =>
  responses(stream).flatMap((response) => response.events.map(shownEvent));

/** With smaller bounds, put back afterwards. */
export function withLimits<T>(smaller: Partial<typeof limits>, run: () => T): T {
  const before = { ...limits };
  Object.assign(limits, smaller);
  try {
    return run();
  } finally {
    Object.assign(limits, before);
  }
}
