/**
 * Transactions as plain data (R60-R74): compares, then one of two lists of operations, all in one revision.
 * They may nest, and the answer is typed by the operations.
 */
import type { RangeOptions, RangeResult } from './reading.ts';
import type { Key, Revision, Selector, Value } from './vocabulary.ts';
import type { DeleteOptions, DeleteResult, PutOptions, PutResult } from './writing.ts';

export type Op = RangeOp | PutOp | DeleteOp | TxnOp;

export interface RangeOp {
  readonly op: 'range';
  readonly selector: Selector;
  readonly options?: RangeOptions;
}
export interface PutOp {
  readonly op: 'put';
  readonly key: Key;
  readonly value: Value;
  readonly options?: PutOptions;
}
export interface DeleteOp {
  readonly op: 'deleteRange';
  readonly selector: Selector;
  readonly options?: DeleteOptions;
}
export interface TxnOp {
  readonly op: 'txn';
  readonly txn: TxnRequest;
}

/** Holds if it holds for every key selected (R62-R65); a missing key compares as 0, and never by value. */
export interface Compare {
  readonly selector: Selector;
  readonly target: 'value' | 'version' | 'create' | 'mod' | 'lease';
  readonly result: '=' | '!=' | '>' | '<';
  readonly operand: Value | number | bigint;
}

export interface TxnRequest<
  T extends readonly Op[] = readonly Op[],
  E extends readonly Op[] = readonly Op[],
> {
  /** All must hold, against the state before the whole transaction (R61). None: true. */
  readonly if?: readonly Compare[];
  readonly then?: T;
  readonly else?: E;
}

export type ResponseOf<O> = O extends RangeOp
  ? RangeResult
  : O extends PutOp
    ? PutResult
    : O extends DeleteOp
      ? DeleteResult
      : O extends TxnOp
        ? TxnResult
        : never;
export type ResponsesOf<T extends readonly Op[]> = { readonly [I in keyof T]: ResponseOf<T[I]> };

/**
 * `revision` is the transaction's own if it changed anything, else the current one; that of a nested
 * transaction is 0, as in etcd (R72).
 */
export type TxnResult<
  T extends readonly Op[] = readonly Op[],
  E extends readonly Op[] = readonly Op[],
> =
  | { readonly succeeded: true; readonly revision: Revision; readonly responses: ResponsesOf<T> }
  | { readonly succeeded: false; readonly revision: Revision; readonly responses: ResponsesOf<E> };

/** What `version('k')`, `value('k')` and the like return: one compare for each relation. */
export interface Comparison<T> {
  eq(operand: T): Compare;
  ne(operand: T): Compare;
  gt(operand: T): Compare;
  lt(operand: T): Compare;
}
