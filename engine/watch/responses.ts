/** Batches as etcd sends them: live ones a revision at a time (R102), large ones in fragments (R106). */
import type { KeyValue, WatchEvent } from '../types.ts';
import type { EventBatch } from './event-batch.ts';
import type { Delivery, WatchResponse } from './watch-chan.ts';

/** Events of one response, and the revision of its header. */
export interface Whole {
  readonly revision: number;
  readonly events: readonly WatchEvent[];
}

/** The responses of one delivery, in order; `fragmentBytes` bounds those of who asked for fragments. */
export function* responsesOf(
  { watcher, batch, ending }: Delivery,
  fragmentBytes: number,
): Generator<WatchResponse, void, void> {
  const watchId = watcher?.id ?? -1;
  for (const { revision, events: whole } of wholesOf(batch)) {
    const parts = watcher?.fragment === true ? fragments(whole, fragmentBytes) : [whole];
    for (const [i, events] of parts.entries()) {
      yield { watchId, revision, events, ending, isFragment: i < parts.length - 1 };
    }
  }
}

/** A batch as responses that are not in fragments yet (R102). */
export function* wholesOf(batch: EventBatch): Generator<Whole, void, void> {
  if (batch.isLive) {
    for (const events of revisionsOf(batch.events)) yield { revision: events[0]!.revision, events };
  } else {
    yield { revision: Math.max(batch.revision, batch.shownRevision), events: batch.events };
  }
}

function* revisionsOf(events: readonly WatchEvent[]): Generator<readonly WatchEvent[]> {
  let first = 0;
  for (let i = 1; i <= events.length; i++) {
    if (i < events.length && events[i]!.revision === events[first]!.revision) continue;
    yield events.slice(first, i);
    first = i;
  }
}

/** As many events in each as stay below the bound, at least one (R106). */
function fragments(
  events: readonly WatchEvent[],
  bytesMax: number,
): readonly (readonly WatchEvent[])[] {
  const parts: WatchEvent[][] = [[]];
  let bytes = 0;
  for (const event of events) {
    const size = encodedBytes(event);
    if (bytes > 0 && bytes + size >= bytesMax) {
      parts.push([]);
      bytes = 0;
    }
    parts.at(-1)!.push(event);
    bytes += size;
  }
  return parts;
}

/** About what the event is in a message: keys, values, and their fields. */
function encodedBytes({ kv, prevKv }: WatchEvent): number {
  return FIELD_BYTES + kvBytes(kv) + (prevKv === undefined ? 0 : kvBytes(prevKv));
}

const kvBytes = (kv: KeyValue): number => FIELD_BYTES + kv.keyBytes.length + kv.value.length;

/** Tags, lengths, revisions and version of one message. */
const FIELD_BYTES = 40;
