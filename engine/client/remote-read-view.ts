/** Reading from a server, now or at a fixed revision. */
import { AFTER_ALL_KEYS, keyBytesOf, keyStringOf } from '../base/bytes.ts';
import { invalidArgument } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import { checkedInteger } from '../txn/range.ts';
import { type KeyRange, keyRangeOf } from '../txn/selector.ts';
import type {
  Key,
  KeyValue,
  RangeOptions,
  RangeResult,
  ReadOptions,
  ReadView,
  Selector,
} from '../types.ts';
import { KV, type RangeResponse } from '../wire/generated/rpc_pb.ts';
import type { Calls } from './calls.ts';
import type { Compaction } from './compaction.ts';
import { countRequest, getRequest, type RangeInit, rangeRequest } from './requests.ts';
import { keyValueOf, rangeResult } from './responses.ts';

const NO_OPTIONS = {};

export class RemoteReadView implements ReadView {
  readonly #calls: Calls;
  readonly #compaction: Compaction;
  readonly #pinned: number | undefined;

  /** `pinned`: every read is at this revision, whatever its options say. */
  constructor(calls: Calls, compaction: Compaction, pinned?: number) {
    this.#calls = calls;
    this.#compaction = compaction;
    this.#pinned = pinned;
  }

  async get(key: Key, options: ReadOptions = NO_OPTIONS): Promise<KeyValue | undefined> {
    const { kvs } = await this.#ask(options, (at) => getRequest(key, at));
    return kvs[0] && keyValueOf(kvs[0]);
  }

  async has(key: Key, options: ReadOptions = NO_OPTIONS): Promise<boolean> {
    const { kvs } = await this.#ask(options, (at) => getRequest(key, { ...at, keysOnly: true }));
    return kvs.length > 0;
  }

  async range(selector: Selector, options: RangeOptions = NO_OPTIONS): Promise<RangeResult> {
    return rangeResult(await this.#ask(options, (at) => rangeRequest(selector, at)));
  }

  async count(selector: Selector, options: ReadOptions = NO_OPTIONS): Promise<number> {
    const { count } = await this.#ask(options, (at) => countRequest(selector, at));
    return Number(count);
  }

  /** The first page is asked for now, which fixes the range and the revision; the others when needed. */
  iterate(
    selector: Selector,
    options: RangeOptions = NO_OPTIONS,
  ): AsyncGenerator<KeyValue, void, void> {
    const first = this.#firstPage(selector, options);
    // It is told to whoever iterates.
    first.catch(() => {});
    return this.#pages(first, options);
  }

  async #firstPage(selector: Selector, options: RangeOptions): Promise<Page> {
    const { sort = 'key' } = options;
    if (sort !== 'key') throw invalidArgument('iterate goes in key order: use range to sort');
    const range = keyRangeOf(selector);
    const { limit = 0 } = options;
    const left = limit > 0 ? limit : Number.POSITIVE_INFINITY;
    const result = await this.range(selector, { ...options, limit: pageLimit(left) });
    const asked = this.#revision(options);
    return { range, result, left, revision: asked > 0 ? asked : result.revision };
  }

  async *#pages(first: Promise<Page>, options: RangeOptions): AsyncGenerator<KeyValue, void, void> {
    const { revision, ...page } = await first;
    let { range, result, left } = page;
    for (;;) {
      yield* result.kvs;
      left -= result.kvs.length;
      const last = result.kvs.at(-1);
      if (!result.more || last === undefined || left <= 0) return;
      options.signal?.throwIfAborted();
      range = rangeAfter(range, keyStringOf(last.keyBytes), options.reverse === true);
      const next = { ...options, revision, limit: pageLimit(left) };
      result = await this.range(selectorOf(range), next);
    }
  }

  #revision(options: ReadOptions): number {
    return checkedInteger('revision', this.#pinned ?? options.revision);
  }

  async #ask<O extends ReadOptions>(
    options: O,
    requestOf: (options: O) => RangeInit,
  ): Promise<RangeResponse> {
    const { signal } = options;
    this.#calls.stops.check(signal);
    const revision = this.#revision(options);
    const request = requestOf({ ...options, revision });
    try {
      return await this.#calls.unary(KV.method.range, request, { signal, isRepeatable: true });
    } catch (error) {
      throw await this.#compaction.completed(error, revision);
    }
  }
}

interface Page {
  readonly range: KeyRange;
  readonly result: RangeResult;
  readonly left: number;
  readonly revision: number;
}

const pageLimit = (left: number): number => Math.min(left, limits.iteratePageKeys);

function rangeAfter({ key, end }: KeyRange, last: string, isReverse: boolean): KeyRange {
  return isReverse ? { key, end: last } : { key: `${last}\0`, end };
}

function selectorOf({ key, end }: KeyRange): Selector {
  const gte = keyBytesOf(key);
  if (end === undefined) return gte;
  return end === AFTER_ALL_KEYS ? { gte } : { gte, lt: keyBytesOf(end) };
}
