/**
 * Keys that one branch would write twice (R66). What a nested transaction writes in either of its branches
 * counts in the list that holds it. Ranges of deletes may overlap each other, but no put may lie in one.
 *
 *     put a, put a                        refused
 *     put a, delete [a, c)                refused, in either order
 *     txn { put a } else { put a }        fine: only one of them runs
 *     txn { put a } else { delete a }     refused all the same, as in etcd
 *     txn { put a }, txn { delete a }     fine (R67 i), and refused the other way round
 *     put a, delete [a, …)                fine (R67 ii): a delete without an upper end is not looked at
 */
import { AFTER_ALL_KEYS, type KeyString, printable } from '../../base/bytes.ts';
import { VarveError } from '../../base/errors.ts';
import type { Op, TxnRequest } from '../../types.ts';
import { checkedKey, keyRangeOf } from '../selector.ts';
import { KeySpans } from './key-spans.ts';

/** ERR_DUPLICATE_KEY; the request is well-formed. */
export function checkOverlap(request: TxnRequest): void {
  if (request.then !== undefined && isWorthChecking(request.then)) writesOf(request.then);
  if (request.else !== undefined && isWorthChecking(request.else)) writesOf(request.else);
}

/** One write is never too many, and transactions are mostly that small. */
function isWorthChecking(ops: readonly Op[]): boolean {
  let writes = 0;
  for (const { op } of ops) {
    if (op === 'txn') return true;
    if (op !== 'range') writes++;
  }
  return writes > 1;
}

/** What a list of operations may write. */
class Writes {
  readonly puts = new Set<KeyString>();
  readonly deletes: KeySpans = new KeySpans();

  addPuts(keys: Iterable<KeyString>): void {
    for (const key of keys) {
      if (this.puts.has(key) || this.deletes.has(key)) throw duplicateKey(key);
      this.puts.add(key);
    }
  }
}

function writesOf(ops: readonly Op[] | undefined): Writes {
  const writes = new Writes();
  if (ops === undefined) return writes;
  for (const op of ops) {
    if (op.op !== 'deleteRange') continue;
    const { key, end } = keyRangeOf(op.selector);
    if (end === undefined) writes.deletes.addKey(key);
    else if (end !== AFTER_ALL_KEYS) writes.deletes.addSpan(key, end);
  }
  // Children before the list's own puts, one after another: the order is R67 i.
  for (const op of ops) {
    if (op.op !== 'txn') continue;
    const then = writesOf(op.txn.then);
    const otherwise = writesOf(op.txn.else);
    writes.deletes.addAll(then.deletes);
    writes.deletes.addAll(otherwise.deletes);
    writes.addPuts(union(then.puts, otherwise.puts));
  }
  for (const op of ops) if (op.op === 'put') writes.addPuts([checkedKey(op.key)]);
  return writes;
}

function union(keys: Set<KeyString>, more: ReadonlySet<KeyString>): ReadonlySet<KeyString> {
  for (const key of more) keys.add(key);
  return keys;
}

const duplicateKey = (key: KeyString): VarveError =>
  new VarveError(
    'ERR_DUPLICATE_KEY',
    `etcdserver: duplicate key given in txn request ("${printable(key)}" is written twice: keep one of the writes, or use write())`,
  );
