/** Bugs in ranges: selectors, limits, filters, sorting, paging. */
import type { Mutant } from './mutant.ts';

const caughtBy = { target: 'memory', profile: 'uniform' } as const;
const RANGE = 'engine/txn/range.ts';
const SELECTOR = 'engine/txn/selector.ts';

const options: readonly Mutant[] = [
  {
    name: 'there is more when the limit is all there is',
    file: RANGE,
    find: 'let more = direct && outcome.count > kvs.length;',
    replace: 'let more = direct && limit > 0 && outcome.count >= limit;',
    caughtBy,
    rule: 'R23',
    runs: 1000,
  },
  {
    name: 'there is more when the limit is all there is, in a sorted range',
    file: RANGE,
    find: 'more = limit > 0 && kvs.length > limit;',
    replace: 'more = limit > 0 && kvs.length >= limit;',
    caughtBy,
    rule: 'R23',
    runs: 1000,
  },
  {
    name: 'keys sorted by value come with their values',
    file: RANGE,
    find: "if (keysOnly && sort === 'value') kvs = kvs.map(withoutValue);",
    replace: '',
    caughtBy,
    rule: 'R25',
    runs: 1000,
  },
  {
    name: 'keys alone are sorted by values that are not there',
    file: RANGE,
    find: "keysOnly: keysOnly && sort !== 'value',",
    replace: 'keysOnly,',
    caughtBy,
    rule: 'R25',
    runs: 1000,
  },
  {
    name: 'filters are applied after the limit',
    file: RANGE,
    find: 'limit: direct ? limit : 0,',
    replace: "limit: sort === 'key' ? limit : 0,",
    caughtBy,
    rule: 'R26',
    runs: 1000,
  },
  {
    name: 'the count is taken after the filters',
    file: RANGE,
    find: `    more = limit > 0 && kvs.length > limit;
    if (more) kvs.length = limit;`,
    replace: `    more = limit > 0 && kvs.length > limit;
    if (filters.length > 0) return { kvs: limit > 0 ? kvs.slice(0, limit) : kvs, count: kvs.length, more, revision: outcome.revision };
    if (more) kvs.length = limit;`,
    caughtBy,
    rule: 'R26',
    runs: 300,
  },
  {
    name: 'a descending sort turns ties around',
    file: RANGE,
    find: "if (sort !== 'key') kvs.sort(reverse ? (a, b) => order(b, a) : order);",
    replace: `if (sort !== 'key') kvs.sort(order);
    if (sort !== 'key' && reverse) kvs.reverse();`,
    caughtBy,
    rule: 'R28',
    runs: 3000,
  },
  {
    name: 'the greatest mod revision allowed is left out',
    file: RANGE,
    find: 'kv.modRevision <= maxMod',
    replace: 'kv.modRevision < maxMod',
    caughtBy,
    rule: 'R26',
    runs: 1000,
  },
  {
    name: 'a negative upper bound of revisions is no bound',
    file: RANGE,
    find: 'if (maxCreate !== 0)',
    replace: 'if (maxCreate > 0)',
    caughtBy,
    rule: 'R26',
    runs: 1000,
  },
  {
    name: 'the lower bound of create revisions is compared with mod revisions',
    file: RANGE,
    find: 'kv.createRevision >= minCreate',
    replace: 'kv.modRevision >= minCreate',
    caughtBy,
    rule: 'R26',
    runs: 1000,
  },
];

const selectors: readonly Mutant[] = [
  {
    name: 'an inclusive upper bound leaves out its key',
    file: SELECTOR,
    find: 'lte !== undefined ? after(lte) : AFTER_ALL_KEYS',
    replace: 'lte !== undefined ? checkedKey(lte) : AFTER_ALL_KEYS',
    caughtBy,
    rule: 'R11',
    runs: 300,
  },
  {
    name: 'an exclusive lower bound includes its key',
    file: SELECTOR,
    find: 'gt !== undefined ? after(gt) : FIRST_KEY',
    replace: 'gt !== undefined ? checkedKey(gt) : FIRST_KEY',
    caughtBy,
    rule: 'R11',
    runs: 300,
  },
  {
    name: 'a prefix that ends in ff ends before the keys it begins',
    file: 'engine/base/bytes.ts',
    find: 'return prefix.slice(0, i) + String.fromCharCode(byte + 1);',
    replace: 'return prefix.slice(0, -1) + String.fromCharCode(byte + 1);',
    caughtBy,
    rule: 'R11',
    runs: 300,
  },
  {
    name: 'an empty prefix is the first key',
    file: SELECTOR,
    find: 'if (selector.prefix?.length === 0) return { key: FIRST_KEY, end: AFTER_ALL_KEYS };',
    replace: 'if (selector.prefix?.length === 0) return { key: FIRST_KEY, end: undefined };',
    caughtBy,
    rule: 'R11',
    runs: 300,
  },
];

const pages: readonly Mutant[] = [
  {
    name: 'the next page of an iteration begins with the last key of the one before',
    file: 'engine/read-view.ts',
    find: 'else key = `${lastKey}\\0`;',
    replace: 'else key = pageKeys > 1 ? lastKey : `${lastKey}\\0`;',
    caughtBy,
    rule: 'R22',
    runs: 1000,
  },
  {
    name: 'the next page of a reversed iteration leaves out a key',
    file: 'engine/read-view.ts',
    find: 'if (reverse) end = lastKey;',
    replace: 'if (reverse) end = lastKey.length > 1 ? lastKey.slice(0, -1) : lastKey;',
    caughtBy,
    rule: 'R22',
    runs: 1000,
  },
  {
    name: 'an iteration reads its arguments when it is first asked for something',
    file: 'engine/read-view.ts',
    find: 'return this.#pages(keyRangeOf(selector), revision, options);',
    replace: `const pages = (): AsyncGenerator<KeyValue, void, void> =>
        this.#pages(keyRangeOf(selector), revision, options);
      return (async function* () {
        yield* pages();
      })();`,
    caughtBy: { target: 'disk', profile: 'uniform' },
    rule: 'arguments are the caller’s',
    runs: 300,
  },
];

export const rangeMutants: readonly Mutant[] = [...options, ...selectors, ...pages];
