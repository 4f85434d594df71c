/**
 * Reading, now or at a fixed revision. The answer is computed at once; what `settle` adds is waiting
 * until it may be shown: a default read resolves only when the revision it saw could be acknowledged.
 */
import { keyStringOf } from './base/bytes.ts';
import { invalidArgument } from './base/errors.ts';
import { limits } from './base/limits.ts';
import type { ReadView as KvReadView } from './mvcc/kv.ts';
import { checkedInteger, countOf, rangeOf, revisionFilters } from './txn/range.ts';
import { checkedKey, type KeyRange, keyRangeOf } from './txn/selector.ts';
import type {
  Key,
  KeyValue,
  RangeOptions,
  RangeResult,
  ReadOptions,
  ReadView,
  Selector,
} from './types.ts';

/** What a view needs of its store. */
export interface ReadSource {
  /** Throws if the store cannot be read now. */
  reader(): KvReadView;
  /** The revision to read at: a failed store shows nothing that was not acknowledged. */
  readable(revision: number): number;
  /** Resolves to `value` once what was read may be shown. */
  settle<T>(value: T, serializable: boolean): Promise<T>;
}

export class LocalReadView implements ReadView {
  readonly #source: ReadSource;
  readonly #pinned: number | undefined;

  /** `pinned`: every read is at this revision, whatever its options say. */
  constructor(source: ReadSource, pinned?: number) {
    this.#source = source;
    this.#pinned = pinned;
  }

  getSync(key: Key, options: ReadOptions = {}): KeyValue | undefined {
    const reader = this.#source.reader();
    return reader.get(checkedKey(key), this.#revision(options), options.keysOnly === true);
  }

  rangeSync(selector: Selector, options: RangeOptions = {}): RangeResult {
    const revision = this.#revision(options);
    const result = rangeOf(this.#source.reader(), selector, options, revision);
    const shown = this.#source.readable(0);
    // A failed store is where the disk is, though more was asked of it.
    return shown > 0 ? { ...result, revision: shown } : result;
  }

  get(key: Key, options: ReadOptions = {}): Promise<KeyValue | undefined> {
    return this.#settled(options, () => this.getSync(key, options));
  }

  has(key: Key, options: ReadOptions = {}): Promise<boolean> {
    return this.#settled(
      options,
      () => this.getSync(key, { ...options, keysOnly: true }) !== undefined,
    );
  }

  range(selector: Selector, options: RangeOptions = {}): Promise<RangeResult> {
    return this.#settled(options, () => this.rangeSync(selector, options));
  }

  count(selector: Selector, options: ReadOptions = {}): Promise<number> {
    return this.#settled(options, () => {
      const revision = this.#revision(options);
      return countOf(this.#source.reader(), selector, { ...options, revision });
    });
  }

  /** The range and the revision are fixed now, the pages are read as they are asked for. */
  iterate(selector: Selector, options: RangeOptions = {}): AsyncGenerator<KeyValue, void, void> {
    try {
      if (options.sort !== undefined && options.sort !== 'key') {
        throw invalidArgument('iterate goes in key order: use range to sort');
      }
      const asked = this.#revision(options);
      const revision = asked > 0 ? asked : this.#source.readable(0) || this.#source.reader().rev();
      return this.#pages(keyRangeOf(selector), revision, options);
    } catch (error) {
      return failing(error);
    }
  }

  async *#pages(
    range: KeyRange,
    revision: number,
    options: RangeOptions,
  ): AsyncGenerator<KeyValue, void, void> {
    const { reverse = false, limit = 0, signal } = options;
    let { key, end } = range;
    const filters = revisionFilters(options);
    let left = limit > 0 ? limit : Number.POSITIVE_INFINITY;
    while (left > 0) {
      signal?.throwIfAborted();
      const pageKeys = limits.iteratePageKeys;
      const pageLimit = filters.length === 0 ? Math.min(left, pageKeys) : pageKeys;
      const page = this.#source.reader().range(key, end, {
        revision,
        limit: pageLimit,
        reverse,
        keysOnly: options.keysOnly === true,
        want: 'kvs',
      }).kvs;
      await this.#source.settle(undefined, options.serializable === true);
      for (const kv of page) {
        if (!filters.every((passes) => passes(kv))) continue;
        yield kv;
        if (--left === 0) return;
      }
      const last = page.at(-1);
      if (last === undefined || page.length < pageLimit || end === undefined) return;
      const lastKey = keyStringOf(last.keyBytes);
      if (reverse) end = lastKey;
      else key = `${lastKey}\0`;
    }
  }

  #revision(options: ReadOptions): number {
    const asked = checkedInteger('revision', this.#pinned ?? options.revision);
    return this.#source.readable(asked);
  }

  #settled<T>(options: ReadOptions, read: () => T): Promise<T> {
    try {
      options.signal?.throwIfAborted();
      return this.#source.settle(read(), options.serializable === true);
    } catch (error) {
      return Promise.reject(error);
    }
  }
}

/** What is wrong with the call shows where its first result would. */
// oxlint-disable-next-line require-yield
export async function* failing(error: unknown): AsyncGenerator<never, void, void> {
  throw error;
}
