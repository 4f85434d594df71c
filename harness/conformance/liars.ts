/**
 * Watches that are wrong on purpose, each in one way: each must be caught by the guarantee that it breaks
 * and by no other one. A batch is tampered with only where that is so: an event is left out of the middle of
 * a batch, since without the last one a watch could not be gone on with either.
 */
import type {
  KeyValue,
  Selector,
  Watch,
  WatchBatch,
  WatchEvent,
  WatchOptions,
} from '../../engine/index.ts';
import type { GuaranteeName } from '../../spec/guarantees/judge.ts';

export interface Watchable {
  watch(selector: Selector, options?: WatchOptions): Watch;
}

export interface Liar {
  readonly name: string;
  readonly breaks: GuaranteeName;
  /** `watch` of a store that lies. */
  lie(store: Watchable, selector: Selector, options: WatchOptions): Watch;
}

export const liars: readonly Liar[] = [
  tampering('an event is left out', 'Reliable', (batch) => {
    const { events } = batch;
    const [first] = events;
    if (first === undefined || first.revision === events.at(-1)!.revision) return [batch];
    return [{ ...plain(batch), events: events.slice(1) }];
  }),
  tampering('a value is changed', 'Reliable', (batch) =>
    changed(
      batch,
      ({ type }) => type === 'put',
      (event) => ({ ...event, kv: spoilt(event.kv) }),
    ),
  ),
  tampering('an event is shown again', 'Unique', (batch) => {
    const [first, ...rest] = batch.events;
    return [first === undefined ? batch : { ...plain(batch), events: [first, first, ...rest] }];
  }),
  tampering('two events change places', 'Ordered', (batch) => {
    const [first, second, ...rest] = batch.events;
    if (first === undefined || second === undefined) return [batch];
    return [{ ...plain(batch), events: [second, first, ...rest] }];
  }),
  tampering('a revision is torn in two', 'Atomic', (batch) => {
    const [last, before] = batch.events.toReversed();
    if (last === undefined || last.revision !== before?.revision) return [batch];
    return [
      { ...plain(batch), revision: last.revision, events: batch.events.slice(0, -1) },
      { ...plain(batch), events: [last] },
    ];
  }),
  {
    name: 'progress overtakes the events before it',
    breaks: 'Bookmarkable',
    lie(store, selector, options) {
      const watch = store.watch(selector, options);
      // Who leaves between the two batches goes on before the second one, or would lose it: Resumable.
      let before: number | undefined;
      async function* batches(): AsyncIterableIterator<WatchBatch> {
        let last = watch.revision;
        for await (const batch of watch.batches()) {
          if (!batch.progress) {
            before = last;
            yield { ...plain(batch), events: [], progress: true };
            before = undefined;
          }
          last = batch.revision;
          yield batch;
        }
      }
      return replaced(watch, { batches, revision: () => before ?? watch.revision });
    },
  },
  {
    name: 'progress is told to a watch that has not begun',
    breaks: 'Bookmarkable',
    lie(store, selector, options) {
      const watch = store.watch(selector, options);
      const { startRevision = 0 } = options;
      // One that is compacted is not even begun.
      const { compactRevision = -1 } = store as { readonly compactRevision?: number };
      const early: readonly WatchBatch[] =
        startRevision > Math.max(2, compactRevision)
          ? [{ revision: 1, events: [], progress: true }]
          : [];
      return replaced(watch, {
        batches: () => tampered(watch.batches(), (batch) => [batch], early),
      });
    },
  },
  tampering('the state before an event is another one', 'PrevKv', (batch) =>
    changed(
      batch,
      ({ prevKv }) => prevKv !== undefined,
      (event) => ({
        ...event,
        prevKv: spoilt(event.prevKv!),
      }),
    ),
  ),
  {
    name: 'keys that nobody asked for are shown as well',
    breaks: 'Filter',
    lie: (store, _, options) => store.watch({ all: true }, options),
  },
  {
    name: 'events of both types are shown to everybody',
    breaks: 'Filter',
    lie(store, selector, options) {
      const { only: _, ...others } = options;
      return store.watch(selector, others);
    },
  },
  {
    name: 'the revision to go on from is one too high',
    breaks: 'Resumable',
    lie: (store, selector, options) => {
      const watch = store.watch(selector, options);
      let isLeft = false;
      return replaced(watch, {
        cancel() {
          isLeft = true;
          return watch.cancel();
        },
        revision: () => watch.revision + (isLeft ? 1 : 0),
      });
    },
  },
];

/** What each batch becomes: one batch or several. */
type Tamper = (batch: WatchBatch) => readonly WatchBatch[];

function tampering(name: string, breaks: GuaranteeName, tamper: Tamper): Liar {
  return {
    name,
    breaks,
    lie(store, selector, options) {
      const watch = store.watch(selector, options);
      return replaced(watch, { batches: () => tampered(watch.batches(), tamper) });
    },
  };
}

/** `early`: what is shown first of all. */
function tampered(
  source: AsyncIterableIterator<WatchBatch>,
  tamper: Tamper,
  early: readonly WatchBatch[] = [],
): AsyncIterableIterator<WatchBatch> {
  const queue = [...early];
  const iterator: AsyncIterableIterator<WatchBatch> = {
    async next() {
      const queued = queue.shift();
      if (queued !== undefined) return { done: false, value: queued };
      const result = await source.next();
      if (result.done === true) return result;
      const [first, ...rest] = tamper(result.value);
      queue.push(...rest);
      return { done: false, value: first! };
    },
    [Symbol.asyncIterator]: () => iterator,
  };
  return iterator;
}

/** One event of the batch, the first that will do. */
function changed(
  batch: WatchBatch,
  isMeant: (event: WatchEvent) => boolean,
  change: (event: WatchEvent) => WatchEvent,
): WatchBatch[] {
  const at = batch.events.findIndex(isMeant);
  return [
    at < 0 ? batch : { ...plain(batch), events: batch.events.with(at, change(batch.events[at]!)) },
  ];
}

/** What is not its own property would be lost on the way. */
function plain({ revision, events, progress }: WatchBatch): WatchBatch {
  return { revision, events, progress };
}

function spoilt(kv: KeyValue): KeyValue {
  const { key, keyBytes, createRevision, modRevision, version, lease } = kv;
  const value = new TextEncoder().encode(`not ${version}`);
  const own = { key, keyBytes, value, createRevision, modRevision, version, lease };
  return { ...own, text: () => kv.text(), json: () => kv.json() };
}

interface Replacement {
  readonly batches?: Watch['batches'];
  readonly cancel?: Watch['cancel'];
  readonly revision?: () => number;
}

function replaced(watch: Watch, { batches, cancel, revision }: Replacement): Watch {
  return {
    ready: watch.ready,
    get revision() {
      return revision?.() ?? watch.revision;
    },
    batches: batches ?? (() => watch.batches()),
    [Symbol.asyncIterator]: () => watch[Symbol.asyncIterator](),
    requestProgress: () => watch.requestProgress(),
    cancel: cancel ?? (() => watch.cancel()),
    [Symbol.asyncDispose]: () => watch.cancel(),
  };
}
