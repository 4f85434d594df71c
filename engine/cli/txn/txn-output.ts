/** What a transaction answered: etcdctl's lines, or one JSON object. */
import type {
  DeleteResult,
  KeyValue,
  Op,
  PutResult,
  RangeResult,
  TxnRequest,
  TxnResult,
} from '../../types.ts';
import { escaped } from '../escape.ts';
import { jsonKeyValue } from '../output.ts';

/** One of each of these for each operation of the branch that was taken. */
interface Forms<T> {
  readonly put: (result: PutResult) => T;
  readonly range: (result: RangeResult, keysOnly: boolean) => T;
  readonly deleteRange: (result: DeleteResult) => T;
  readonly txn: (request: TxnRequest, result: TxnResult) => T;
}

function responses<T>(request: TxnRequest, result: TxnResult, forms: Forms<T>): T[] {
  const ops: readonly Op[] = (result.succeeded ? request.then : request.else) ?? [];
  return ops.map((op, index) => {
    const response: unknown = result.responses[index];
    if (op.op === 'put') return forms.put(response as PutResult);
    if (op.op === 'txn') return forms.txn(op.txn, response as TxnResult);
    if (op.op === 'deleteRange') return forms.deleteRange(response as DeleteResult);
    return forms.range(response as RangeResult, op.options?.keysOnly === true);
  });
}

const kvLines = (kv: KeyValue): string[] => [escaped(kv.keyBytes), escaped(kv.value)];

/** An empty line before each response; keys and values stand on lines of their own, escaped. */
export function txnLines(request: TxnRequest, result: TxnResult): string[] {
  const blocks = responses(request, result, {
    put: ({ prevKv }) => ['OK', ...(prevKv === undefined ? [] : kvLines(prevKv))],
    range: ({ kvs }, keysOnly) =>
      kvs.flatMap((kv) => (keysOnly ? [escaped(kv.keyBytes)] : kvLines(kv))),
    deleteRange: ({ deleted, prevKvs }) => [String(deleted), ...prevKvs.flatMap(kvLines)],
    txn: txnLines,
  });
  return [result.succeeded ? 'SUCCESS' : 'FAILURE', ...blocks.flatMap((lines) => ['', ...lines])];
}

export function jsonTxnResult(request: TxnRequest, result: TxnResult): object {
  return {
    succeeded: result.succeeded,
    revision: result.revision,
    responses: responses<object>(request, result, {
      put: ({ revision, prevKv }) => ({
        revision,
        ...(prevKv === undefined ? {} : { prevKv: jsonKeyValue(prevKv) }),
      }),
      range: ({ revision, count, more, kvs: found }, keysOnly) => ({
        revision,
        count,
        more,
        kvs: found.map((kv) => jsonKeyValue(kv, keysOnly)),
      }),
      deleteRange: ({ revision, deleted, prevKvs }) => ({
        revision,
        deleted,
        prevKvs: prevKvs.map((kv) => jsonKeyValue(kv)),
      }),
      txn: jsonTxnResult,
    }),
  };
}
