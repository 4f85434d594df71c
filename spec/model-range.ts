/**
 * Reading: which keys are meant, as of when, and what of them is shown (R11-R13, R20-R28).
 *
 * The order of work is fixed by R26: everything in the range, then filters, then sort, then limit.
 */
import { type Change, compareBytes, currentRevision, stateAt } from './history.ts';
import { compacted, emptyKey, futureRevision, invalidArgument } from './refusals.ts';
import type {
  Bytes,
  Count,
  Get,
  KeyValue,
  Range,
  RangeAnswer,
  RangeOptions,
  Refusal,
  Response,
  Selector,
  SortTarget,
  StepAnswer,
} from './types.ts';

/** R11. Bounds that contradict each other select nothing and are no error (R12). */
export function selects(selector: Selector, key: Bytes): boolean {
  if ('all' in selector) return true;
  if ('key' in selector) return key === selector.key;
  if ('prefix' in selector) return key.startsWith(selector.prefix);
  const { gte, gt, lt, lte } = selector;
  return (
    (gte === undefined || key >= gte) &&
    (gt === undefined || key > gt) &&
    (lt === undefined || key < lt) &&
    (lte === undefined || key <= lte)
  );
}

/** R13: no empty key anywhere. Bounds must be some, and one for each side at most. */
export function checkSelector(selector: Selector): Refusal | undefined {
  if ('all' in selector || 'prefix' in selector) return undefined;
  if ('key' in selector) return selector.key === '' ? emptyKey : undefined;
  const { gte, gt, lt, lte } = selector;
  const bounds = [gte, gt, lt, lte].filter((bound) => bound !== undefined);
  if (bounds.length === 0) return invalidArgument;
  if ((gte !== undefined && gt !== undefined) || (lt !== undefined && lte !== undefined)) {
    return invalidArgument;
  }
  return bounds.includes('') ? emptyKey : undefined;
}

/** Which revisions can be read. */
export interface Readable {
  /** The compacted revision, -1 without one; a snapshot's own if that is lower. */
  readonly from: number;
  /**
   * The first revision that is still to come. It is one more than the current one, except inside a write
   * transaction, whose own revision is not to be asked for before it is over (R70).
   */
  readonly futureFrom: number;
}

/** R24: a count is a range of which nothing but the count is shown, and a get one of a single key. */
export function read(
  changes: readonly Change[],
  operation: Get | Range,
  readable: Readable,
): StepAnswer;
export function read(
  changes: readonly Change[],
  operation: Get | Range | Count,
  readable: Readable,
): Response;
export function read(
  changes: readonly Change[],
  operation: Get | Range | Count,
  readable: Readable,
): Response {
  const selector = operation.op === 'get' ? { key: operation.key } : operation.selector;
  const answer = range(changes, selector, operation, readable);
  if (answer.kind === 'refused' || operation.op === 'range') return answer;
  if (operation.op === 'count') return { kind: 'count', count: answer.count };
  return { kind: 'get', kv: answer.kvs.at(0) };
}

export function range(
  changes: readonly Change[],
  selector: Selector,
  options: RangeOptions,
  readable: Readable,
): RangeAnswer | Refusal {
  const refused = checkSelector(selector);
  if (refused !== undefined) return refused;
  const { revision = 0, limit = 0, keysOnly = false } = options;
  if (revision >= readable.futureFrom) return futureRevision;
  if (revision > 0 && revision < readable.from) return compacted(readable.from);

  const current = currentRevision(changes);
  const state = stateAt(changes, revision > 0 ? revision : current);
  const inRange = state.filter(({ key }) => selects(selector, key));
  const sorted = sort(
    inRange.filter((kv) => passes(kv, options)),
    options,
  );
  const shown = limit > 0 ? sorted.slice(0, limit) : sorted;
  return {
    kind: 'range',
    revision: current,
    count: inRange.length,
    more: shown.length < sorted.length,
    kvs: keysOnly ? shown.map((kv) => ({ ...kv, value: '' })) : shown,
  };
}

/** R26: bounds are inclusive, 0 is no bound, and a negative one is a bound like any other. */
function passes(kv: KeyValue, options: RangeOptions): boolean {
  const { minModRevision = 0, maxModRevision = 0 } = options;
  const { minCreateRevision = 0, maxCreateRevision = 0 } = options;
  return (
    (minModRevision === 0 || kv.modRevision >= minModRevision) &&
    (maxModRevision === 0 || kv.modRevision <= maxModRevision) &&
    (minCreateRevision === 0 || kv.createRevision >= minCreateRevision) &&
    (maxCreateRevision === 0 || kv.createRevision <= maxCreateRevision)
  );
}

/**
 * R22, R27, R28. What is equal under the target stays in key order, whichever way the rest is sorted:
 * that is what R28 asks of a store of ours. Judging somebody else's, any order of equals is right.
 */
function sort(kvs: readonly KeyValue[], options: RangeOptions): KeyValue[] {
  const { sort: target = 'key', reverse = false } = options;
  const direction = reverse ? -1 : 1;
  return [...kvs].sort((a, b) => direction * compareBy[target](a, b) || compareBytes(a.key, b.key));
}

const compareBy: Record<SortTarget, (a: KeyValue, b: KeyValue) => number> = {
  key: (a, b) => compareBytes(a.key, b.key),
  value: (a, b) => compareBytes(a.value, b.value),
  version: (a, b) => a.version - b.version,
  create: (a, b) => a.createRevision - b.createRevision,
  mod: (a, b) => a.modRevision - b.modRevision,
};
