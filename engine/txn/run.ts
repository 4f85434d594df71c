/**
 * Running a transaction, in three steps: which branches are taken, nested ones included; whether anything
 * on that path is impossible; then the operations in order, each seeing what those before it did. The
 * first two look at the state before the transaction, so a refusal there has changed nothing (R61, R69).
 *
 * What is only found out on the way (a condition on a mod revision, a kept value whose key a delete took
 * away) is thrown, and the caller takes everything back.
 */
import { CompactedError, futureRevision, keyNotFound } from '../base/errors.ts';
import type { ReadView, TxnWrite } from '../mvcc/kv.ts';
import type {
  DeleteResult,
  Op,
  PutOp,
  PutResult,
  RangeOp,
  RangeResult,
  TxnRequest,
  TxnResult,
} from '../types.ts';
import { holds } from './compare.ts';
import { deleteOf } from './delete-range.ts';
import { checkedLease, leaseIdOf, type WriteLimits } from './limits.ts';
import { branchOf, NO_OPTIONS, type TxnPlan } from './plan.ts';
import { applyPut } from './put.ts';
import { rangeOf } from './range.ts';
import { checkedKey } from './selector.ts';

/** `tx` may be a mere view if the plan is read-only. */
export function runTxn(plan: TxnPlan, tx: TxnWrite | ReadView, limits: WriteLimits): TxnResult {
  if (plan.putBytes > 0) limits.admit(plan.putBytes);
  const path = pathOf(plan.request, tx);
  if (!plan.isReadOnly) checkPuts(path, tx, limits);
  checkRanges(path, tx);
  const responses = take(path, tx as TxnWrite);
  return resultOf(path.succeeded, tx.rev(), responses);
}

/** A transaction of which it is known which branch it takes. */
interface Path {
  readonly succeeded: boolean;
  readonly ops: readonly Op[];
  /** Of the transactions among the operations, in their order. */
  readonly children: readonly Path[];
}

const CHILDLESS: readonly never[] = [];

function pathOf(request: TxnRequest, view: ReadView): Path {
  let succeeded = true;
  for (const compare of request.if ?? CHILDLESS) succeeded &&= holds(view, compare);
  const ops = branchOf(request, succeeded);
  let children: Path[] | undefined;
  for (const op of ops) if (op.op === 'txn') (children ??= []).push(pathOf(op.txn, view));
  return { succeeded, ops, children: children ?? CHILDLESS };
}

/** R69: puts that keep something need a key to keep it of; their leases must exist. */
function checkPuts(path: Path, view: ReadView, limits: WriteLimits): void {
  let child = 0;
  for (const op of path.ops) {
    if (op.op === 'put') checkPut(op, view, limits);
    else if (op.op === 'txn') checkPuts(path.children[child++]!, view, limits);
  }
}

function checkPut({ key, options = NO_OPTIONS }: PutOp, view: ReadView, limits: WriteLimits): void {
  const ignores = options.ignoreValue === true || options.ignoreLease === true;
  if (ignores && view.get(checkedKey(key), 0, true) === undefined) throw keyNotFound();
  checkedLease(options.lease, limits);
}

/** R69, R70: the revisions named, after the puts; a negative one is taken at its word. */
function checkRanges(path: Path, view: ReadView): void {
  let child = 0;
  for (const op of path.ops) {
    if (op.op === 'range') checkRevision(op, view);
    else if (op.op === 'txn') checkRanges(path.children[child++]!, view);
  }
}

function checkRevision({ options }: RangeOp, view: ReadView): void {
  const revision = options?.revision ?? 0;
  if (revision > view.rev()) throw futureRevision();
  if (revision !== 0 && revision < view.firstRev()) throw new CompactedError(view.firstRev());
}

type OpResult = RangeResult | PutResult | DeleteResult | TxnResult;

function take(path: Path, tx: TxnWrite): OpResult[] {
  let child = 0;
  const responses: OpResult[] = [];
  for (const op of path.ops) {
    responses.push(op.op === 'txn' ? nested(path.children[child++]!, tx) : perform(op, tx));
  }
  return responses;
}

/** R72: etcd leaves the revision of a nested answer empty. */
const nested = (path: Path, tx: TxnWrite): TxnResult => resultOf(path.succeeded, 0, take(path, tx));

function perform(op: Exclude<Op, { op: 'txn' }>, tx: TxnWrite): OpResult {
  switch (op.op) {
    case 'range':
      return rangeOf(tx, op.selector, op.options ?? NO_OPTIONS);
    case 'put':
      return putIn(tx, op);
    case 'deleteRange':
    default:
      return deleteOf(tx, op.selector, op.options ?? NO_OPTIONS);
  }
}

function putIn(tx: TxnWrite, { key, value, options = NO_OPTIONS }: PutOp): PutResult {
  return applyPut(tx, checkedKey(key), value, options, leaseIdOf(options.lease));
}

/** The responses are those of the branch taken, which the type of a request does not tell. */
function resultOf(succeeded: boolean, revision: number, responses: OpResult[]): TxnResult {
  return { succeeded, revision, responses };
}
