/** From `store.watch` to a watcher of the hub, or to a watch that says what is wrong. */
import { CompactedError, invalidArgument } from '../base/errors.ts';
import { QueuedWatch, type WatchSource } from '../queued-watch.ts';
import { checkedInteger } from '../txn/range.ts';
import { isSingleKey } from '../txn/selector.ts';
import type { Key, Selector, Watch, WatchOptions } from '../types.ts';
import { wireRangeOf, type WireRange } from '../wire/key-range.ts';
import type { Calls } from './calls.ts';
import type { Compaction } from './compaction.ts';
import type { WatchHub } from './watch-hub.ts';
import type { WatcherInit } from './watcher.ts';

const BUFFER_EVENTS = 4096;

export function watchOn(
  hub: WatchHub,
  calls: Calls,
  compaction: Compaction,
  selector: Selector,
  options: WatchOptions,
): Watch {
  const { signal } = options;
  const { startRevision = 0 } = options;
  // Before anything can refuse it: a watch that shows nothing has delivered nothing.
  const before = startRevision > 0 ? startRevision - 1 : calls.horizon.revision;
  const onAbort = (): void => watch.fail(signal!.reason as Error);
  const watch = new QueuedWatch(sourceOf(hub, calls, compaction, selector, options), {
    revision: before,
    isFromNow: startRevision <= 0,
    onEnd: () => signal?.removeEventListener('abort', onAbort),
  });
  signal?.addEventListener('abort', onAbort);
  return watch;
}

function sourceOf(
  hub: WatchHub,
  calls: Calls,
  compaction: Compaction,
  selector: Selector,
  options: WatchOptions,
): WatchSource {
  try {
    calls.stops.check(options.signal);
    return hub.add(initOf(selector, options));
  } catch (error) {
    return {
      ready: compaction.completed(error).then((whole) => Promise.reject(whole)),
      take: () => undefined,
      ending: undefined,
      onReadable: () => {},
      requestProgress: () => {},
      stop: () => {},
    };
  }
}

function initOf(selector: Selector, options: WatchOptions): WatcherInit {
  const startRevision = checkedInteger('startRevision', options.startRevision);
  const { bufferEvents = BUFFER_EVENTS, only, onSlow } = options;
  if (only !== undefined && only !== 'put' && only !== 'delete') {
    throw invalidArgument(`only is 'put' or 'delete', not ${String(only)}`);
  }
  if (onSlow !== undefined && onSlow !== 'wait' && onSlow !== 'cancel') {
    throw invalidArgument(`onSlow is 'wait' or 'cancel', not ${String(onSlow)}`);
  }
  if (!Number.isSafeInteger(bufferEvents) || bufferEvents < 1) {
    throw invalidArgument(`bufferEvents is a whole number above 0, not ${bufferEvents}`);
  }
  const range = watchRangeOf(selector);
  if (isEmpty(range)) throw invalidArgument('mvcc: watcher range is empty');
  // Never asked of a server: old ones confuse it with what others have asked (R98).
  if (startRevision < 0) throw new CompactedError(0);
  return {
    ...range,
    startRevision,
    bufferEvents,
    prevKv: options.prevKv === true,
    noPut: only === 'delete',
    noDelete: only === 'put',
    progressNotify: options.progress === true,
    cancelIfSlow: onSlow === 'cancel',
  };
}

/** R90: an empty key stands for the one that is a NUL byte. */
function watchRangeOf(selector: Selector): WireRange {
  if (isSingleKey(selector)) return wireRangeOf(selector.length === 0 ? '\0' : selector);
  const { gte } = (selector ?? {}) as { readonly gte?: Key };
  return wireRangeOf(gte?.length === 0 ? { ...selector, gte: '\0' } : selector);
}

/** R96. */
function isEmpty({ key, rangeEnd }: WireRange): boolean {
  const isOpen = rangeEnd.length === 0 || (rangeEnd.length === 1 && rangeEnd[0] === 0);
  return !isOpen && Buffer.compare(key, rangeEnd) >= 0;
}
