/**
 * Where in the history the failure is: at which revisions, and which events of a watch are the ones that its
 * broken guarantees name. Guarantees say what is wrong in words that hold the event's own line, so that line
 * is looked for; `spec/guarantees` has the sentences.
 */
import { Chronicle, type Made } from '../../spec/guarantees/chronicle.ts';
import { currentRevision } from '../../spec/history.ts';
import type { Evidence, Lane, LaneEvent } from '../targets/divergence.ts';
import { comparisonOf } from './comparison.ts';

export interface LaneMarks {
  /** Named, and not shown. */
  readonly missing: readonly Made[];
  /** Names of the guarantees that an event, as one line, is named by. */
  readonly named: ReadonlyMap<string, readonly string[]>;
  /** Revisions of batches that are wrong themselves. */
  readonly bookmarks: ReadonlySet<number>;
}

export function laneMarksOf(lane: Lane, made: readonly Made[]): LaneMarks {
  const events = lane.batches.flatMap((batch) => batch.events);
  const isShown = ({ text }: Made): boolean =>
    events.some((event) => event.text === text || event.text.startsWith(`${text} `));
  const named = new Map<string, readonly string[]>();
  for (const event of events) {
    const lines = [event.text, ...made.filter((one) => isOf(event, one)).map(({ text }) => text)];
    const guarantees = lane.broken
      .filter(({ text }) => lines.some((line) => holds(text, line)))
      .map(({ guarantee }) => guarantee);
    if (guarantees.length > 0) named.set(event.text, [...new Set(guarantees)]);
  }
  const isNamed = ({ text }: Made): boolean => lane.broken.some((one) => holds(one.text, text));
  const bookmarks = lane.broken.flatMap(({ text }) => {
    const match = /^a (?:batch|bookmark) at (\d+)/.exec(text);
    return match === null ? [] : [Number(match[1])];
  });
  return {
    missing: made.filter((one) => isNamed(one) && !isShown(one)),
    named,
    bookmarks: new Set(bookmarks),
  };
}

/** Its line is that of the change, with something added. */
const isOf = (event: LaneEvent, { revision, type, key, text }: Made): boolean =>
  event.revision === revision &&
  event.type === type &&
  event.key === key &&
  event.text.startsWith(`${text} `);

/** As whole words: the event `2 delete a` is not in `12 delete ab never came`. */
function holds(sentence: string, line: string): boolean {
  for (let at = sentence.indexOf(line); at >= 0; at = sentence.indexOf(line, at + 1)) {
    const before = sentence[at - 1] ?? ' ';
    const after = sentence[at + line.length] ?? ' ';
    if (before === ' ' && (after === ' ' || after === ',')) return true;
  }
  return false;
}

/**
 * Revisions to look at, ascending: the one that was asked for, or those of the keys and events that differ,
 * or the current one; and of every watch those of missing and wrong events.
 */
export function revisionsOf(evidence: Evidence): number[] {
  const { made } = Chronicle.of(evidence.changes);
  const found = new Set<number>(
    evidence.should.length + evidence.does.length > 0 ? answerRevisions(evidence) : [],
  );
  for (const lane of evidence.lanes) {
    const { missing, named, bookmarks } = laneMarksOf(lane, made);
    for (const { revision } of missing) found.add(revision);
    for (const { events } of lane.batches) {
      for (const event of events) if (named.has(event.text)) found.add(event.revision);
    }
    for (const revision of bookmarks) found.add(revision);
  }
  return [...found].sort((a, b) => a - b);
}

function answerRevisions({ operation, should, does, changes }: Evidence): number[] {
  const current = currentRevision(changes);
  const isReal = (revision: number): boolean => revision > 1 && revision <= current;
  const asked = /^(?:get|range|count|in|hashkv|snapshot)\b.*\brev=(\d+)/.exec(operation);
  if (asked !== null && isReal(Number(asked[1]))) return [Number(asked[1])];
  const lines = comparisonOf(should, does)
    .filter(({ kind }) => kind !== 'same')
    .flatMap((row) => [row.should, row.does])
    .map((parts) => parts.map(({ text }) => text).join(''));
  const told = lines.flatMap((line) => {
    const match = /^\s*(\d+) \w+ |\bmod (\d+) version/.exec(line);
    return match === null ? [] : [Number(match[1] ?? match[2])];
  });
  const real = told.filter(isReal);
  return real.length > 0 ? real : [current];
}
