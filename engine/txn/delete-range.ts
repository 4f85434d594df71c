/** A delete as users make it (R50, R51). */
import { invalidArgument } from '../base/errors.ts';
import type { TxnWrite } from '../mvcc/kv.ts';
import type { DeleteOptions, DeleteResult, Selector } from '../types.ts';
import { checkModRevision } from './put.ts';
import { checkedInteger } from './range.ts';
import { isSingleKey, type KeyRange, keyRangeOf } from './selector.ts';

/** Performs the delete in the open write transaction. */
export function deleteOf(tx: TxnWrite, selector: Selector, options: DeleteOptions): DeleteResult {
  const { key, end } = checkedDelete(selector, options);
  if (options.ifModRevision !== undefined) {
    checkModRevision(options.ifModRevision, tx.get(key, 0, false));
  }
  const prevKvs =
    options.prevKv === true
      ? tx.range(key, end, { revision: 0, limit: 0, reverse: false, keysOnly: false, want: 'kvs' })
          .kvs
      : [];
  const deleted = tx.deleteRange(key, end);
  return { revision: tx.rev(), deleted, prevKvs };
}

/** The checks that need no store; returns the range. */
export function checkedDelete(selector: Selector, { ifModRevision }: DeleteOptions): KeyRange {
  const range = keyRangeOf(selector);
  if (ifModRevision !== undefined) {
    checkedInteger('ifModRevision', ifModRevision);
    if (!isSingleKey(selector)) throw invalidArgument('ifModRevision is for a single key');
  }
  return range;
}
