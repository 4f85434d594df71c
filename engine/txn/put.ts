/** A put as users make it: every check before anything changes (R40-R44). */
import type { KeyString } from '../base/bytes.ts';
import {
  invalidArgument,
  keyNotFound,
  leaseNotFound,
  leaseProvided,
  requestTooLarge,
  valueProvided,
  VarveError,
} from '../base/errors.ts';
import type { ReadView, WriteView } from '../mvcc/kv.ts';
import type { Key, KeyValue, PutOptions, PutResult, Value } from '../types.ts';
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

/** Performs the put in the open write transaction; `maxRequestBytes` bounds key and value. */
export function putOf(
  view: ReadView & WriteView,
  key: Key,
  value: Value,
  options: PutOptions,
  maxRequestBytes: number,
): PutResult {
  const keyString = checkedKey(key);
  checkValue(value, options);
  checkSize(keyString, value, maxRequestBytes);
  checkLease(options.lease);
  const needsCurrent =
    options.prevKv === true ||
    options.ignoreValue === true ||
    options.ignoreLease === true ||
    options.ifModRevision !== undefined;
  if (!needsCurrent) return { revision: view.put(keyString, value, 0n) };

  const current = view.get(keyString, 0, false);
  checkModRevision(options.ifModRevision, current);
  const ignores = options.ignoreValue === true || options.ignoreLease === true;
  if (ignores && current === undefined) throw keyNotFound();
  const newValue = options.ignoreValue === true ? current!.value : value;
  const newLease = options.ignoreLease === true ? current!.lease : 0n;
  const revision = view.put(keyString, newValue, newLease);
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
  if (ignoreLease === true && lease !== undefined && lease !== 0n) throw leaseProvided();
}

export function checkSize(key: KeyString, value: Value, maxRequestBytes: number): void {
  // At most three bytes a char: only a string near the limit is worth counting.
  const most = key.length + value.length * (typeof value === 'string' ? 3 : 1);
  if (most <= maxRequestBytes) return;
  const size = key.length + Buffer.byteLength(value);
  if (size > maxRequestBytes) throw requestTooLarge(size, maxRequestBytes);
}

/** Leases come with the lessor; until then no lease exists. */
function checkLease(lease: bigint | undefined): void {
  if (lease === undefined || lease === 0n) return;
  if (typeof lease !== 'bigint') throw invalidArgument('a lease id is a bigint');
  throw leaseNotFound();
}

export function checkModRevision(
  expected: number | undefined,
  current: KeyValue | undefined,
): void {
  if (expected === undefined) return;
  checkedInteger('ifModRevision', expected);
  if ((current?.modRevision ?? 0) !== expected) throw new ConflictError(expected, current);
}
