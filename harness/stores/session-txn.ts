/** A transaction of the specification as the store takes it, and its answer back. */
import type { Compare as StoreCompare, Op, TxnRequest, TxnResult } from '../../engine/types.ts';
import type { Compare, Txn, TxnStep } from '../../spec/txn-types.ts';
import type { Response } from '../../spec/types.ts';
import { deleted, putDone, ranged } from './answers.ts';
import type { Arguments } from './plain.ts';

export function requestOf(txn: Txn, by: Arguments): TxnRequest {
  return {
    if: txn.if.map((compare) => compareOf(compare, by)),
    then: txn.then.map((step) => opOf(step, by)),
    else: txn.else.map((step) => opOf(step, by)),
  };
}

function compareOf({ selector, operand, target, result }: Compare, by: Arguments): StoreCompare {
  return {
    selector: by.selector(selector),
    target,
    result,
    operand: typeof operand === 'string' ? by.bytes(operand) : operand,
  };
}

function opOf(step: TxnStep, by: Arguments): Op {
  switch (step.op) {
    case 'put': {
      const { key, value, op, ...options } = step;
      return { op, key: by.bytes(key), value: by.bytes(value), options };
    }
    case 'range': {
      const { selector, op, ...options } = step;
      return { op, selector: by.selector(selector), options };
    }
    case 'delete': {
      const { selector, op: _, ...options } = step;
      return { op: 'deleteRange', selector: by.selector(selector), options };
    }
    case 'txn':
    default:
      return { op: 'txn', txn: requestOf(step, by) };
  }
}

/** Which kind of answer each is, the request says: the answers look much alike. */
export function txnDone(txn: Txn, { succeeded, revision, responses }: TxnResult): Response {
  const steps = succeeded ? txn.then : txn.else;
  const given = responses as readonly unknown[];
  if (given.length !== steps.length) throw new Error(`${given.length} answers to ${steps.length}`);
  return {
    kind: 'txn',
    succeeded,
    revision,
    responses: steps.map((step, i) => stepDone(step, given[i] as never)),
  };
}

function stepDone(step: TxnStep, response: never): Response {
  switch (step.op) {
    case 'put':
      return putDone(response);
    case 'range':
      return ranged(response);
    case 'delete':
      return deleted(response);
    case 'txn':
    default:
      return txnDone(step, response);
  }
}
