/**
 * A range request as users make it: filters, sort, limit and count around the key-ordered range of the
 * store (R20-R31). Order of work, as in etcd: fetch, filter, sort, limit.
 */
import { invalidArgument } from '../base/errors.ts';
import { StoredKeyValue } from '../mvcc/key-value.ts';
import type { ReadView } from '../mvcc/kv.ts';
import type { KeyValue, RangeOptions, RangeResult, ReadOptions, Selector } from '../types.ts';
import { keyRangeOf } from './selector.ts';

type SortTarget = NonNullable<RangeOptions['sort']>;

const ORDERS: Record<SortTarget, (a: KeyValue, b: KeyValue) => number> = {
  key: () => 0,
  version: (a, b) => a.version - b.version,
  create: (a, b) => a.createRevision - b.createRevision,
  mod: (a, b) => a.modRevision - b.modRevision,
  value: (a, b) => Buffer.compare(a.value, b.value),
};

/** `revision`: instead of the one that the options name. */
export function rangeOf(
  view: ReadView,
  selector: Selector,
  options: RangeOptions,
  revision: number = checkedInteger('revision', options.revision),
): RangeResult {
  const range = keyRangeOf(selector);
  const { sort = 'key', reverse = false, keysOnly = false } = options;
  const limit = Math.max(0, checkedInteger('limit', options.limit));
  const order = orderOf(sort);
  const filters = revisionFilters(options);
  const direct = sort === 'key' && filters.length === 0;
  const outcome = view.range(range.key, range.end, {
    revision,
    limit: direct ? limit : 0,
    reverse: sort === 'key' && reverse,
    keysOnly: keysOnly && sort !== 'value',
    want: 'both',
  });
  let { kvs } = outcome;
  let more = direct && outcome.count > kvs.length;
  if (!direct) {
    kvs = kvs.filter((kv) => filters.every((passes) => passes(kv)));
    // Stable, so ties stay in key order (R28).
    if (sort !== 'key') kvs.sort(reverse ? (a, b) => order(b, a) : order);
    more = limit > 0 && kvs.length > limit;
    if (more) kvs.length = limit;
    if (keysOnly && sort === 'value') kvs = kvs.map(withoutValue);
  }
  return { kvs, count: outcome.count, more, revision: outcome.revision };
}

/** Throws what `rangeOf` would, whatever the store holds. */
export function checkRange(selector: Selector, options: RangeOptions): void {
  keyRangeOf(selector);
  checkedInteger('limit', options.limit);
  checkedInteger('revision', options.revision);
  orderOf(options.sort ?? 'key');
  revisionFilters(options);
}

/** R30. */
function orderOf(sort: SortTarget): (a: KeyValue, b: KeyValue) => number {
  if (Object.hasOwn(ORDERS, sort)) return ORDERS[sort];
  throw invalidArgument(
    `etcdserver: invalid sort option: ${sort as string} is none of key, version, create, mod, value`,
  );
}

export function countOf(view: ReadView, selector: Selector, options: ReadOptions): number {
  const { key, end } = keyRangeOf(selector);
  const revision = checkedInteger('revision', options.revision);
  const request = { revision, limit: 0, reverse: false, keysOnly: true, want: 'count' } as const;
  return view.range(key, end, request).count;
}

/** The bounds that are set, as predicates (R26): inclusive, and 0 is no bound. */
export function revisionFilters(options: RangeOptions): ((kv: KeyValue) => boolean)[] {
  const filters: ((kv: KeyValue) => boolean)[] = [];
  const minMod = checkedInteger('minModRevision', options.minModRevision);
  const maxMod = checkedInteger('maxModRevision', options.maxModRevision);
  const minCreate = checkedInteger('minCreateRevision', options.minCreateRevision);
  const maxCreate = checkedInteger('maxCreateRevision', options.maxCreateRevision);
  if (minMod !== 0) filters.push((kv) => kv.modRevision >= minMod);
  if (maxMod !== 0) filters.push((kv) => kv.modRevision <= maxMod);
  if (minCreate !== 0) filters.push((kv) => kv.createRevision >= minCreate);
  if (maxCreate !== 0) filters.push((kv) => kv.createRevision <= maxCreate);
  return filters;
}

/** 0 if absent; ERR_INVALID_ARGUMENT unless it is a safe integer. */
export function checkedInteger(name: string, value: number | undefined): number {
  if (value === undefined) return 0;
  if (!Number.isSafeInteger(value)) {
    throw invalidArgument(`${name} must be a safe integer, not ${String(value)}`);
  }
  return value;
}

const withoutValue = (kv: KeyValue): KeyValue =>
  new StoredKeyValue(
    Buffer.from(kv.keyBytes).latin1Slice(),
    new Uint8Array(0),
    kv.createRevision,
    kv.modRevision,
    kv.version,
    kv.lease,
  );
