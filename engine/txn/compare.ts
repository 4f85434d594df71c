/** Compares: conditions on keys, looked at in the state before the whole transaction (R61-R65). */
import { invalidArgument } from '../base/errors.ts';
import type { ReadView } from '../mvcc/kv.ts';
import type { Compare, KeyValue, Value } from '../types.ts';
import { keyRangeOf } from './selector.ts';

type Field = Uint8Array | number | bigint;

const FIELDS: Record<Compare['target'], (kv: KeyValue) => Field> = {
  value: (kv) => kv.value,
  version: (kv) => kv.version,
  create: (kv) => kv.createRevision,
  mod: (kv) => kv.modRevision,
  lease: (kv) => kv.lease,
};

const RESULTS: Record<Compare['result'], (order: number) => boolean> = {
  '=': (order) => order === 0,
  '!=': (order) => order !== 0,
  '>': (order) => order > 0,
  '<': (order) => order < 0,
};

/** ERR_INVALID_ARGUMENT, ERR_EMPTY_KEY: what is wrong with it whatever the store holds. */
export function checkCompare(compare: Compare): void {
  if (typeof compare !== 'object' || compare === null) {
    throw invalidArgument('a compare is an object with selector, target, result and operand');
  }
  const { selector, target, result, operand } = compare;
  keyRangeOf(selector);
  if (!Object.hasOwn(FIELDS, target)) {
    throw invalidArgument('the target of a compare is value, version, create, mod or lease');
  }
  if (!Object.hasOwn(RESULTS, result)) {
    throw invalidArgument('the result of a compare is =, !=, > or <');
  }
  if (target === 'value') {
    if (typeof operand === 'string' || operand instanceof Uint8Array) return;
    throw invalidArgument('a value is compared with a string or a Uint8Array');
  }
  if (typeof operand === 'bigint' || Number.isSafeInteger(operand)) return;
  throw invalidArgument(`a ${target} is compared with a safe integer or a bigint`);
}

/** For every key selected; a missing one counts as 0, and has no value to compare (R63, R64). */
export function holds(view: ReadView, { selector, target, result, operand }: Compare): boolean {
  const { key, end } = keyRangeOf(selector);
  const keysOnly = target !== 'value';
  const accepts = RESULTS[result];
  const fieldOf = FIELDS[target];
  if (end === undefined) {
    const kv = view.get(key, 0, keysOnly);
    if (kv === undefined) return keysOnly && accepts(orderOf(0, operand));
    return accepts(orderOf(fieldOf(kv), operand));
  }
  const { kvs } = view.range(key, end, {
    revision: 0,
    limit: 0,
    reverse: false,
    keysOnly,
    want: 'kvs',
  });
  if (kvs.length === 0) return keysOnly && accepts(orderOf(0, operand));
  return kvs.every((kv) => accepts(orderOf(fieldOf(kv), operand)));
}

/** Numbers and bigints compare with each other; bytes only with bytes. */
function orderOf(field: Field, operand: Value | number | bigint): number {
  if (field instanceof Uint8Array) return Buffer.compare(field, bytesOf(operand as Value));
  if (field < (operand as number | bigint)) return -1;
  return field > (operand as number | bigint) ? 1 : 0;
}

const bytesOf = (value: Value): Uint8Array =>
  typeof value === 'string' ? Buffer.from(value) : value;
