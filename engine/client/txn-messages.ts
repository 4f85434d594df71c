/** Transactions as messages, and their answers back. */
import type { MessageInitShape } from '@bufbuild/protobuf';
import { invalidArgument } from '../base/errors.ts';
import { leaseIdOf, type WriteLimits } from '../txn/limits.ts';
import { branchOf, NO_OPTIONS, planTxn, type TxnPlan } from '../txn/plan.ts';
import type { Compare, Op, TxnRequest, TxnResult, Value } from '../types.ts';
import {
  Compare_CompareResult as CompareResult,
  type CompareSchema,
  Compare_CompareTarget as CompareTarget,
  type RequestOpSchema,
  type ResponseOp,
  type TxnRequestSchema,
  type TxnResponse,
} from '../wire/generated/rpc_pb.ts';
import { wireRangeOf } from '../wire/key-range.ts';
import { bytesOf, deleteRequest, putRequest, rangeRequest } from './requests.ts';
import { deleteResult, putResult, rangeResult, revisionOf } from './responses.ts';

export type TxnInit = MessageInitShape<typeof TxnRequestSchema>;
type CompareInit = MessageInitShape<typeof CompareSchema>;
type OpInit = MessageInitShape<typeof RequestOpSchema>;

const RESULTS: Readonly<Record<Compare['result'], CompareResult>> = {
  '=': CompareResult.EQUAL,
  '!=': CompareResult.NOT_EQUAL,
  '>': CompareResult.GREATER,
  '<': CompareResult.LESS,
};

/** What only the server knows is not looked at here. */
const limitsOf = (maxTxnOps: number): WriteLimits => ({
  maxRequestBytes: Number.POSITIVE_INFINITY,
  maxTxnOps,
  admit: () => {},
  hasLease: () => true,
});
/** Of servers that were not told otherwise (R60). */
const TXN_OPS_MAX = 128;

/** What is wrong whatever the store holds. How many operations are too many is the server's to say. */
export function checkedTxn(request: TxnRequest): TxnPlan {
  try {
    return planTxn(request, limitsOf(Number.POSITIVE_INFINITY));
  } catch (error) {
    // It would have said so first (R60).
    planTxn(request, limitsOf(TXN_OPS_MAX));
    throw error;
  }
}

export function txnRequest(request: TxnRequest): TxnInit {
  return {
    compare: (request.if ?? []).map(compareInit),
    success: branchOf(request, true).map(opInit),
    failure: branchOf(request, false).map(opInit),
  };
}

export function compareInit({ selector, target, result, operand }: Compare): CompareInit {
  const { key, rangeEnd } = wireRangeOf(selector);
  const compared = { key, rangeEnd, result: RESULTS[result] };
  switch (target) {
    case 'value': {
      const value = bytesOf(operand as Value);
      return { ...compared, target: CompareTarget.VALUE, targetUnion: { case: 'value', value } };
    }
    case 'version': {
      const union = { case: 'version', value: int64(operand) } as const;
      return { ...compared, target: CompareTarget.VERSION, targetUnion: union };
    }
    case 'create': {
      const union = { case: 'createRevision', value: int64(operand) } as const;
      return { ...compared, target: CompareTarget.CREATE, targetUnion: union };
    }
    case 'mod': {
      const union = { case: 'modRevision', value: int64(operand) } as const;
      return { ...compared, target: CompareTarget.MOD, targetUnion: union };
    }
    case 'lease':
    default: {
      const union = { case: 'lease', value: int64(operand) } as const;
      return { ...compared, target: CompareTarget.LEASE, targetUnion: union };
    }
  }
}

function int64(operand: Compare['operand']): bigint {
  const value = BigInt(operand as number | bigint);
  if (BigInt.asIntN(64, value) === value) return value;
  throw invalidArgument(`a number is compared with one of 64 bits, not ${value}`);
}

function opInit(op: Op): OpInit {
  switch (op.op) {
    case 'range': {
      const value = rangeRequest(op.selector, op.options ?? NO_OPTIONS);
      return { request: { case: 'requestRange', value } };
    }
    case 'put': {
      const { key, value: given, options = NO_OPTIONS } = op;
      refuseCondition(options);
      const value = putRequest(key, given, { ...options, lease: leaseIdOf(options.lease) });
      return { request: { case: 'requestPut', value } };
    }
    case 'deleteRange': {
      const { selector, options = NO_OPTIONS } = op;
      refuseCondition(options);
      const value = deleteRequest(selector, options);
      return { request: { case: 'requestDeleteRange', value } };
    }
    case 'txn':
    default:
      return { request: { case: 'requestTxn', value: txnRequest(op.txn) } };
  }
}

/** The protocol has compares for it, and nothing that would take everything back on the way. */
function refuseCondition({ ifModRevision }: { readonly ifModRevision?: number }): void {
  if (ifModRevision === undefined) return;
  throw invalidArgument(
    'a remote transaction has no ifModRevision in its operations: put modRevision(key).eq(…) into its if',
  );
}

/** The responses are those of the branch taken, which the type of a request does not tell. */
export function txnResult({ header, succeeded, responses }: TxnResponse): TxnResult {
  return { succeeded, revision: revisionOf(header), responses: responses.map(opResult) };
}

function opResult({ response }: ResponseOp): TxnResult['responses'][number] {
  switch (response.case) {
    case 'responseRange':
      return rangeResult(response.value);
    case 'responsePut':
      return putResult(response.value);
    case 'responseDeleteRange':
      return deleteResult(response.value);
    case 'responseTxn':
      return txnResult(response.value);
    case undefined:
    default:
      throw new TypeError('the server answers an operation with nothing');
  }
}
