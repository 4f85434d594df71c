/** A put as users make it: every check before anything changes (R40-R44). */
import type { KeyString } from '../base/bytes.ts';
import {
  invalidArgument,
  keyNotFound,
  leaseProvided,
  requestTooLarge,
  valueProvided,
  VarveError,
} from '../base/errors.ts';
import type { ReadView, WriteView } from '../mvcc/kv.ts';
import type { Key, KeyValue, LeaseId, PutOptions, PutResult, Value } from '../types.ts';
import { checkedLease, leaseIdOf, putCost, type WriteLimits } from './limits.ts';
import { checkedInteger } from './range.ts';
import { checkedKey } from './selector.ts';

/** The key was not in the state that `ifModRevision` asked for. @public */
export class ConflictError extends VarveError {
  override readonly name = 'ConflictError';
  /** What is there instead; undefined if the key does not exist. */
  readonly current: KeyValue | undefined;

  constructor(expected: number, current: KeyValue | undefined) {
    const found = current === undefined ? 'it does not exist' : `it is ${current.modRevision}`;
    super('ERR_CONFLICT', `the key's modRevision is not ${expected}: ${found}`);
    this.current = current;
  }
}

/** Performs the put in the open write transaction. */
export function putOf(
  view: ReadView & WriteView,
  key: Key,
  value: Value,
  options: PutOptions,
  limits: WriteLimits,
): PutResult {
  const keyString = checkedPut(key, value, options, limits.maxRequestBytes);
  limits.admit(putCost(keyString.length, value.length));
  const lease = checkedLease(options.lease, limits);
  return applyPut(view, keyString, value, options, lease);
}

/** The checks that need no store; returns the key. */
export function checkedPut(
  key: Key,
  value: Value,
  options: PutOptions,
  maxRequestBytes: number,
): KeyString {
  const keyString = checkedKey(key);
  checkValue(value, options);
  checkSize(keyString, value, maxRequestBytes);
  if (options.ifModRevision !== undefined) checkedInteger('ifModRevision', options.ifModRevision);
  return keyString;
}

/** What is left once `checkedPut` and `checkedLease` have passed: conditions on the key, and the put. */
export function applyPut(
  view: ReadView & WriteView,
  key: KeyString,
  value: Value,
  options: PutOptions,
  lease: LeaseId,
): PutResult {
  const ignores = options.ignoreValue === true || options.ignoreLease === true;
  const needsCurrent = ignores || options.prevKv === true || options.ifModRevision !== undefined;
  if (!needsCurrent) return { revision: view.put(key, value, lease) };

  const current = view.get(key, 0, false);
  if (options.ifModRevision !== undefined) checkModRevision(options.ifModRevision, current);
  if (ignores && current === undefined) throw keyNotFound();
  const newValue = options.ignoreValue === true ? current!.value : value;
  const newLease = options.ignoreLease === true ? current!.lease : lease;
  const revision = view.put(key, newValue, newLease);
  return options.prevKv === true && current !== undefined
    ? { revision, prevKv: current }
    : { revision };
}

function checkValue(value: Value, { ignoreValue, ignoreLease, lease }: PutOptions): void {
  if (typeof value !== 'string' && !(value instanceof Uint8Array)) {
    throw invalidArgument(
      `a value is a string or a Uint8Array, not ${value === null ? 'null' : typeof value}`,
    );
  }
  if (ignoreValue === true && value.length > 0) throw valueProvided();
  const id: unknown = leaseIdOf(lease);
  if (typeof id !== 'bigint') throw invalidArgument('a lease is one from grant, or its id');
  if (ignoreLease === true && id !== 0n) throw leaseProvided();
}

function checkSize(key: KeyString, value: Value, maxRequestBytes: number): void {
  // At most three bytes a char: only a string near the limit is worth counting.
  const most = key.length + value.length * (typeof value === 'string' ? 3 : 1);
  if (most <= maxRequestBytes) return;
  const size = key.length + Buffer.byteLength(value);
  if (size > maxRequestBytes) throw requestTooLarge(size, maxRequestBytes);
}

export function checkModRevision(expected: number, current: KeyValue | undefined): void {
  if ((current?.modRevision ?? 0) !== expected) throw new ConflictError(expected, current);
}
