/** A store's history cut into whole revisions, in either direction, and the options that bound it. */
import { CompactedError } from '../base/errors.ts';
import type { EmbeddedStore, Revision, Selector, WatchEvent } from '../types.ts';
import { type Call, numberOption, type OptionSpec } from './command.ts';

export const FROM_TO_OPTIONS: readonly OptionSpec[] = [
  numberOption('--from <n>', 'oldest revision to show'),
  numberOption('--to <n>', 'newest revision to show'),
];

export const OLDEST_FIRST_OPTION: OptionSpec = { flags: '--reverse', text: 'oldest first' };

export interface RevisionEvents {
  readonly revision: Revision;
  readonly events: readonly WatchEvent[];
}

/** What the options ask for: newest first, or oldest first with --reverse. */
export function revisionsToShow(
  { options }: Call,
  store: EmbeddedStore,
  selector: Selector,
): AsyncIterable<RevisionEvents> {
  const oldest = Math.max(store.compactRevision, 1);
  const from = options.number('from') ?? oldest;
  // Walking backwards would find out only at the end.
  if (from < oldest) throw new CompactedError(store.compactRevision);
  const to = Math.min(options.number('to') ?? store.revision, store.revision);
  return options.flag('reverse')
    ? wholeRevisions(from > to ? none() : store.history(selector, { from, to }))
    : newestFirst(store, selector, from, to);
}

async function* none(): AsyncGenerator<WatchEvent, void, undefined> {}

/** Events come in order, so a revision is over when the next one begins. */
export async function* wholeRevisions(
  events: AsyncIterable<WatchEvent>,
): AsyncGenerator<RevisionEvents, void, undefined> {
  let current: { revision: Revision; events: WatchEvent[] } | undefined;
  for await (const event of events) {
    if (current?.revision !== event.revision) {
      if (current !== undefined) yield current;
      current = { revision: event.revision, events: [] };
    }
    current.events.push(event);
  }
  if (current !== undefined) yield current;
}

const WINDOW_REVISIONS_MIN = 16;
const WINDOW_REVISIONS_MAX = 4096;

/**
 * Newest first, in windows walked backwards, so that the first lines come at once however long the
 * history is. Windows grow, so that a key that changed rarely is found without many small steps:
 *
 *     revision  1 ........................ 85 | 86 ....... 117 | 118 ..... 133
 *     window                   64 (third)     |  32 (second)   |  16 (first)
 */
export async function* newestFirst(
  store: EmbeddedStore,
  selector: Selector,
  lower: Revision,
  upper: Revision,
): AsyncGenerator<RevisionEvents, void, undefined> {
  let width = WINDOW_REVISIONS_MIN;
  for (let to = upper; to >= lower; ) {
    const from = Math.max(lower, to - width + 1);
    const found: RevisionEvents[] = [];
    for await (const revision of wholeRevisions(store.history(selector, { from, to }))) {
      found.push(revision);
    }
    yield* found.toReversed();
    to = from - 1;
    width = Math.min(width * 2, WINDOW_REVISIONS_MAX);
  }
}
