/**
 * Words to write transactions with. What they return is plain data: `{ op: 'put', key, value }` and the
 * like can be written out, sent and stored just as well.
 *
 *     await store.txn({
 *       if: [absent('lock')],
 *       then: [put('lock', 'me')],
 *       else: [get('lock')],
 *     });
 */
import type {
  Compare,
  Comparison,
  DeleteOp,
  DeleteOptions,
  Key,
  LeaseId,
  PutOp,
  PutOptions,
  RangeOp,
  RangeOptions,
  Revision,
  Selector,
  Value,
} from '../types.ts';

/** @public */
export const get = (selector: Selector, options?: RangeOptions): RangeOp =>
  options === undefined ? { op: 'range', selector } : { op: 'range', selector, options };

/** @public */
export const put = (key: Key, value: Value, options?: PutOptions): PutOp =>
  options === undefined ? { op: 'put', key, value } : { op: 'put', key, value, options };

/** @public */
export const del = (selector: Selector, options?: DeleteOptions): DeleteOp =>
  options === undefined
    ? { op: 'deleteRange', selector }
    : { op: 'deleteRange', selector, options };

/** Bytewise; never holds for a key that does not exist (R63). @public */
export const value = (selector: Selector): Comparison<Value> => new Words(selector, 'value');

/** Of a key that does not exist: 0, as for the next three. @public */
export const version = (selector: Selector): Comparison<number> => new Words(selector, 'version');

/** @public */
export const createRevision = (selector: Selector): Comparison<Revision> =>
  new Words(selector, 'create');

/** @public */
export const modRevision = (selector: Selector): Comparison<Revision> => new Words(selector, 'mod');

/** @public */
export const lease = (selector: Selector): Comparison<LeaseId> => new Words(selector, 'lease');

/** @public */
export const exists = (key: Key): Compare => version(key).gt(0);

/** @public */
export const absent = (key: Key): Compare => version(key).eq(0);

class Words<T extends Compare['operand']> implements Comparison<T> {
  readonly #selector: Selector;
  readonly #target: Compare['target'];

  constructor(selector: Selector, target: Compare['target']) {
    this.#selector = selector;
    this.#target = target;
  }

  eq(operand: T): Compare {
    return this.#is('=', operand);
  }
  ne(operand: T): Compare {
    return this.#is('!=', operand);
  }
  gt(operand: T): Compare {
    return this.#is('>', operand);
  }
  lt(operand: T): Compare {
    return this.#is('<', operand);
  }

  #is(result: Compare['result'], operand: T): Compare {
    return { selector: this.#selector, target: this.#target, result, operand };
  }
}
