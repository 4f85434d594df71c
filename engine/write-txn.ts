/** What `store.write` hands to its function: the open transaction with the public API's words. */
import { invalidArgument } from './base/errors.ts';
import type { TxnWrite } from './mvcc/kv.ts';
import type { WriteLimits } from './txn/limits.ts';
import { keyRangeOf } from './txn/selector.ts';
import { putOf } from './txn/put.ts';
import { rangeOf } from './txn/range.ts';
import { checkedKey } from './txn/selector.ts';
import type {
  Key,
  KeyValue,
  Lease,
  LeaseId,
  RangeOptions,
  RangeResult,
  Selector,
  Value,
  WriteTxn,
} from './types.ts';

export class LocalWriteTxn implements WriteTxn {
  readonly revision: number;
  #tx: TxnWrite | null;
  readonly #limits: WriteLimits;

  constructor(tx: TxnWrite, limits: WriteLimits) {
    this.#tx = tx;
    this.revision = tx.rev() + 1;
    this.#limits = limits;
  }

  get(key: Key): KeyValue | undefined {
    return this.#open().get(checkedKey(key), 0, false);
  }

  range(selector: Selector, options: RangeOptions = {}): RangeResult {
    return rangeOf(this.#open(), selector, options);
  }

  put(key: Key, value: Value, options: { readonly lease?: LeaseId | Lease } = {}): void {
    putOf(this.#open(), key, value, options, this.#limits);
  }

  delete(selector: Selector): number {
    const { key, end } = keyRangeOf(selector);
    return this.#open().deleteRange(key, end);
  }

  /** The function has returned: its transaction is no longer usable. */
  close(): void {
    this.#tx = null;
  }

  #open(): TxnWrite {
    if (this.#tx === null) {
      throw invalidArgument(
        'this transaction has ended: use it inside the function given to write()',
      );
    }
    return this.#tx;
  }
}
