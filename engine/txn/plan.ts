/**
 * What is wrong with a transaction whatever the store holds (R60), found before anything runs: in both
 * branches, nested ones included. In etcd's order: how many operations, the compares, each operation by
 * itself, and in the end keys that are written twice (`checks/overlap.ts`).
 */
import { invalidArgument, VarveError } from '../base/errors.ts';
import type { Op, TxnRequest } from '../types.ts';
import { checkOverlap } from './checks/overlap.ts';
import { checkCompare } from './compare.ts';
import { checkedDelete } from './delete-range.ts';
import { putCost, type WriteLimits } from './limits.ts';
import { checkedPut } from './put.ts';
import { checkRange } from './range.ts';

/** A transaction whose static checks have passed. */
export interface TxnPlan {
  readonly request: TxnRequest;
  /** No put and no delete in either branch, however deep: it can run on a read view (R73). */
  readonly isReadOnly: boolean;
  /** For the quota (R154): the most that one of its branches may add; 0 if it puts nothing. */
  readonly putBytes: number;
}

export const NO_OPTIONS: Readonly<Record<string, never>> = {};
const NOTHING: readonly never[] = [];

export function planTxn(request: TxnRequest, limits: WriteLimits): TxnPlan {
  const putBytes = checkTxn(request, limits, limits.maxTxnOps);
  checkOverlap(request);
  return { request, isReadOnly: isReadOnly(request), putBytes };
}

export const branchOf = (
  { then, else: otherwise }: TxnRequest,
  succeeded: boolean,
): readonly Op[] => (succeeded ? then : otherwise) ?? NOTHING;

/** R60 a-c; what a transaction uses of its operations its children do not have. Returns its put bytes. */
function checkTxn(request: TxnRequest, limits: WriteLimits, maxOps: number): number {
  if (typeof request !== 'object' || request === null) {
    throw invalidArgument('a transaction is an object with if, then and else');
  }
  const compares = checkedList('if', request.if);
  const then = checkedList('then', request.then);
  const otherwise = checkedList('else', request.else);
  const used = Math.max(compares.length, then.length, otherwise.length);
  if (used > maxOps) throw tooManyOps(used, maxOps);
  for (const compare of compares) checkCompare(compare);
  const left = maxOps - used;
  return Math.max(checkOps(then, limits, left), checkOps(otherwise, limits, left));
}

function checkedList<T>(name: string, list: readonly T[] | undefined): readonly T[] {
  if (list === undefined) return NOTHING;
  if (!Array.isArray(list)) throw invalidArgument(`${name} of a transaction must be an array`);
  return list;
}

function checkOps(ops: readonly Op[], limits: WriteLimits, left: number): number {
  let putBytes = 0;
  for (const op of ops) putBytes += checkOp(op, limits, left);
  return putBytes;
}

/** Returns the bytes it may put. */
function checkOp(op: Op, limits: WriteLimits, left: number): number {
  switch (op?.op) {
    case 'range':
      checkRange(op.selector, op.options ?? NO_OPTIONS);
      return 0;
    case 'put': {
      const { key, value, options = NO_OPTIONS } = op;
      const { length } = checkedPut(key, value, options, limits.maxRequestBytes);
      return putCost(length, value.length);
    }
    case 'deleteRange':
      checkedDelete(op.selector, op.options ?? NO_OPTIONS);
      return 0;
    case 'txn':
      return checkTxn(op.txn, limits, left);
    default:
      throw invalidArgument('an operation of a transaction is a range, put, deleteRange or txn');
  }
}

function isReadOnly(request: TxnRequest): boolean {
  return branchOf(request, true).every(onlyReads) && branchOf(request, false).every(onlyReads);
}

const onlyReads = (op: Op): boolean => op.op === 'range' || (op.op === 'txn' && isReadOnly(op.txn));

const tooManyOps = (used: number, limit: number): VarveError =>
  new VarveError(
    'ERR_TOO_MANY_OPS',
    `etcdserver: too many operations in txn request (${used}, the limit here is ${limit}: raise maxTxnOps, or use write())`,
  );
