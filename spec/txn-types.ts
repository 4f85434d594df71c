/** Transactions as plain data (R60-R74): compares, then one of two lists of steps. They may nest. */
import type { Bytes, Delete, Put, Range, Response, Selector } from './types.ts';

export type CompareTarget = 'value' | 'version' | 'create' | 'mod' | 'lease';
export type Relation = '=' | '!=' | '>' | '<';

export interface Compare {
  readonly selector: Selector;
  readonly target: CompareTarget;
  readonly result: Relation;
  /** Bytes for a value, bigint for a lease, a number for anything else. */
  readonly operand: Bytes | number | bigint;
}

export type TxnStep = Range | Put | Delete | Txn;

export interface Txn {
  readonly op: 'txn';
  readonly if: readonly Compare[];
  readonly then: readonly TxnStep[];
  readonly else: readonly TxnStep[];
}

export interface TxnAnswer {
  readonly kind: 'txn';
  /** Whether all compares held. */
  readonly succeeded: boolean;
  /** 0 for a nested one (R72). */
  readonly revision: number;
  /** One for each step of the branch taken. */
  readonly responses: readonly Response[];
}
