/** Everything that the index of all keys says, against the history written out. Each answer counts once. */
import { AFTER_ALL_KEYS } from '../../engine/base/bytes.ts';
import type { TreeIndex } from '../../engine/mvcc/index.ts';
import { wordOf } from '../../spec/syntax.ts';
import type { Bytes, Selector } from '../../spec/types.ts';
import type { Ledger } from './ledger.ts';
import type { Living, TreeHistory } from './tree-target-history.ts';

export class TreeCheck {
  readonly #history: TreeHistory;
  readonly #ledger: Ledger;

  constructor(history: TreeHistory, ledger: Ledger) {
    this.#history = history;
    this.#ledger = ledger;
  }

  /** One answer, or two. `settled`: nothing is being compacted. */
  sizes(index: TreeIndex, settled: boolean): void {
    const live = this.#history.aliveAt(Number.POSITIVE_INFINITY).length;
    this.numbers('keys that exist', live, index.liveCount);
    if (settled) this.numbers('keys in the index', this.#keysLeft(), index.size);
  }

  /** Every key that a compaction has left something of. */
  #keysLeft(): number {
    const { compacted } = this.#history;
    const gone = compacted < 0 ? undefined : this.#history.goneAt(compacted);
    let keys = 0;
    for (const key of this.#history.keys) {
      if (this.#history.recordsOf(key).some(({ ordinal }) => gone?.has(ordinal) !== true)) keys++;
    }
    return keys;
  }

  /** Five answers about [low, high) as of an ordinal. */
  range(index: TreeIndex, low: Bytes, high: Bytes, at: number, limit: number): void {
    const ledger = this.#ledger;
    const whole = this.#history.range(low, high, at);
    const some = limit > 0 ? whole.slice(0, limit) : whole;
    const asked = `${wordOf(low)} to ${high === AFTER_ALL_KEYS ? 'the end' : wordOf(high)}`;
    const options = `at ordinal ${at}${limit > 0 ? `, limit ${limit}` : ''}`;
    const { keys, revisions } = index.range(low, high, at, limit);
    if (!isSame(some, keys, revisions)) {
      const does = keys.map((key, n): Living => [key, revisions[n]!]);
      throw this.#differsAt(low, high, at, `range ${asked} ${options}`, some, does);
    }
    this.#visit(index, low, high, at, limit, false);
    this.#visit(index, low, high, at, limit, true);
    const count = index.countRevisions(low, high, at);
    this.numbers(`count ${asked} ${options}`, whole.length, count);
    const ordinals = index.revisions(low, high, at, limit);
    if (!isSame(some, undefined, ordinals)) {
      const should = some.map(([, ordinal]) => ordinal).join(' ');
      throw this.#differs(`revisions ${asked} ${options}`, should, ordinals.join(' '));
    }
    ledger.operations += 2;
    if (some.length > 1) ledger.exercised('R8');
    if (some.length > 0 && whole.length < this.#history.aliveAt(at).length) ledger.exercised('R11');
    if (low >= high) ledger.exercised('R12');
    if (some.length < whole.length) {
      ledger.exercised('R22');
      ledger.exercised('R23');
    }
  }

  #visit(
    index: TreeIndex,
    low: Bytes,
    high: Bytes,
    at: number,
    limit: number,
    reverse: boolean,
  ): void {
    this.#ledger.operations++;
    const whole = this.#history.range(low, high, at);
    if (reverse) whole.reverse();
    const some = limit > 0 ? whole.slice(0, limit) : whole;
    const keys: Bytes[] = [];
    const revisions: number[] = [];
    index.visit(low, high, at, reverse, (key, ordinal) => {
      revisions.push(ordinal);
      return keys.push(key) !== limit;
    });
    if (isSame(some, keys, revisions)) return;
    const does = keys.map((key, n): Living => [key, revisions[n]!]);
    const order = reverse ? 'last first' : 'in order';
    const asked = `visit ${wordOf(low)} to ${wordOf(high)} at ordinal ${at}, ${order}`;
    throw this.#differs(asked, text(some), text(does));
  }

  /** One answer. */
  get(index: TreeIndex, key: Bytes, at: number): void {
    this.#ledger.operations++;
    const found = index.get(key, at);
    const seen = this.#history.seenAt(key, at);
    if (seen !== undefined && seen.version > 1) this.#ledger.exercised('R10');
    const isRight =
      found?.modified === seen?.record.ordinal &&
      found?.created === seen?.created &&
      found?.version === seen?.version;
    if (isRight) return;
    const should =
      seen && `ordinal ${seen.record.ordinal}, create ${seen.created} version ${seen.version}`;
    const does =
      found && `ordinal ${found.modified}, create ${found.created} version ${found.version}`;
    throw this.#differs(`get ${wordOf(key)} at ordinal ${at}`, should ?? 'none', does ?? 'none');
  }

  /** Every key, and all of them, at every ordinal that can be read. */
  everything(index: TreeIndex): void {
    const { records, compacted } = this.#history;
    const keys = [...this.#history.keys];
    for (let at = this.#history.floor(compacted); at <= records.length; at++) {
      this.range(index, '\0', AFTER_ALL_KEYS, at, 0);
      for (const key of keys) this.get(index, key, at);
    }
  }

  numbers(asked: string, should: number, does: number): void {
    this.#ledger.operations++;
    if (should !== does) throw this.#differs(asked, String(should), String(does));
  }

  /** At the last ordinal of a revision it is a range like any other. */
  #differsAt(
    low: Bytes,
    high: Bytes,
    at: number,
    asked: string,
    should: readonly Living[],
    does: readonly Living[],
  ): Error {
    const { records } = this.#history;
    const record = records[at];
    const isLast = record !== undefined && records[at + 1]?.main !== record.main;
    const selector: Selector = high === AFTER_ALL_KEYS ? { gte: low } : { gte: low, lt: high };
    const operation = { op: 'range', selector, revision: record?.main ?? 0 } as const;
    return this.#history.differs(isLast ? operation : asked, text(should), text(does));
  }

  #differs(asked: string, should: string, does: string): Error {
    return this.#history.differs(asked, should, does);
  }
}

/** `keys` undefined: only the ordinals. */
function isSame(
  living: readonly Living[],
  keys: readonly Bytes[] | undefined,
  revisions: readonly number[],
): boolean {
  if (living.length !== revisions.length) return false;
  return living.every(
    ([key, ordinal], n) => ordinal === revisions[n] && (keys === undefined || key === keys[n]),
  );
}

const text = (living: readonly Living[]): string =>
  living.length === 0
    ? 'none'
    : living.map(([key, ordinal]) => `${wordOf(key)} (ordinal ${ordinal})`).join(', ');
