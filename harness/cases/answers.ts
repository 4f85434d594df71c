/** From what the Store API answers to the protocol's responses. A field with its default value is absent. */
import {
  type DeleteResult,
  type ErrorCode,
  type KeyValue,
  type PutResult,
  type RangeResult,
  type TxnResult,
  VarveError,
  type WatchBatch,
  type WatchEvent,
} from '../../engine/index.ts';
import type { Fields } from './recorded.ts';
import type { OpMessage, RangeMessage, TxnMessage } from './requests.ts';

export function rangeAnswer(request: RangeMessage, result: RangeResult): Fields {
  const isCount = request.count_only === true;
  return {
    header: headerOf(result.revision),
    kvs: isCount ? undefined : listOf(result.kvs.map(kvOf)),
    more: isCount ? undefined : result.more || undefined,
    count: result.count || undefined,
  };
}

export function putAnswer({ revision, prevKv }: PutResult): Fields {
  return { header: headerOf(revision), prev_kv: prevKv && kvOf(prevKv) };
}

export function deleteAnswer({ revision, deleted, prevKvs }: DeleteResult): Fields {
  return {
    header: headerOf(revision),
    deleted: deleted || undefined,
    prev_kvs: listOf(prevKvs.map(kvOf)),
  };
}

export function txnAnswer(request: TxnMessage, result: TxnResult): Fields {
  const { succeeded, revision, responses } = result;
  const ops = (succeeded ? request.success : request.failure) ?? [];
  return {
    header: headerOf(revision),
    succeeded: succeeded || undefined,
    responses: listOf(ops.map((op, i) => responseOf(op, responses[i]!))),
  };
}

function responseOf(op: OpMessage, response: TxnResult['responses'][number]): Fields {
  if (op.request_range !== undefined) {
    return { response_range: rangeAnswer(op.request_range, response as RangeResult) };
  }
  if (op.request_put !== undefined) return { response_put: putAnswer(response) };
  if (op.request_delete_range !== undefined) {
    return { response_delete_range: deleteAnswer(response as DeleteResult) };
  }
  return { response_txn: txnAnswer(op.request_txn!, response as TxnResult) };
}

/** What a watcher is told; the one with the id 0 by a field that is absent. */
export function watchAnswer(watchId: number, { revision, events }: WatchBatch): Fields {
  return {
    header: headerOf(revision),
    watch_id: watchId || undefined,
    events: listOf(events.map(eventOf)),
  };
}

const eventOf = ({ type, kv, prevKv }: WatchEvent): Fields => ({
  type: type === 'delete' ? 'DELETE' : undefined,
  kv: kvOf(kv),
  prev_kv: prevKv && kvOf(prevKv),
});

/** R72: no revision is revision 0. */
export const headerOf = (revision: number): Fields => (revision === 0 ? {} : { revision });

const kvOf = (kv: KeyValue): Fields => ({
  key: kv.keyBytes,
  create_revision: kv.createRevision || undefined,
  mod_revision: kv.modRevision || undefined,
  version: kv.version || undefined,
  value: kv.value.length > 0 ? kv.value : undefined,
  lease: kv.lease === 0n ? undefined : Number(kv.lease),
});

const listOf = (list: readonly Fields[]): readonly Fields[] | undefined =>
  list.length > 0 ? list : undefined;

export const STATUSES: Readonly<Partial<Record<ErrorCode, readonly [number, string]>>> = {
  ERR_COMPACTED: [11, 'OUT_OF_RANGE'],
  ERR_FUTURE_REVISION: [11, 'OUT_OF_RANGE'],
  ERR_LEASE_NOT_FOUND: [5, 'NOT_FOUND'],
  ERR_EMPTY_KEY: [3, 'INVALID_ARGUMENT'],
  ERR_KEY_NOT_FOUND: [3, 'INVALID_ARGUMENT'],
  ERR_VALUE_PROVIDED: [3, 'INVALID_ARGUMENT'],
  ERR_LEASE_PROVIDED: [3, 'INVALID_ARGUMENT'],
  ERR_DUPLICATE_KEY: [3, 'INVALID_ARGUMENT'],
  ERR_TOO_MANY_OPS: [3, 'INVALID_ARGUMENT'],
  ERR_REQUEST_TOO_LARGE: [3, 'INVALID_ARGUMENT'],
  ERR_INVALID_ARGUMENT: [3, 'INVALID_ARGUMENT'],
  ERR_LEASE_EXISTS: [9, 'FAILED_PRECONDITION'],
  ERR_LEASE_TTL_TOO_LARGE: [11, 'OUT_OF_RANGE'],
};

/** Varve's messages are etcd's and may go on after that: what goes on is cut off. */
export function errorAnswer(error: unknown): Fields {
  if (!(error instanceof VarveError)) throw error;
  const status = STATUSES[error.code];
  if (status === undefined) throw error;
  const [message] = /^etcdserver: (mvcc: )?[^:(]*[^:( ]/.exec(error.message) ?? [error.message];
  return { error: { code: status[0], status: status[1], message } };
}
