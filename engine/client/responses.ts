/** Messages as the answers that the embedded store gives. Their bytes are copies: the caller's own. */
import { keyStringOf } from '../base/bytes.ts';
import { deletedKeyValue, StoredKeyValue } from '../mvcc/key-value.ts';
import type { DeleteResult, KeyValue, PutResult, RangeResult, WatchEvent } from '../types.ts';
import {
  type Event,
  Event_EventType as EventType,
  type KeyValue as Wire,
} from '../wire/generated/kv_pb.ts';
import type {
  DeleteRangeResponse,
  PutResponse,
  RangeResponse,
  ResponseHeader,
} from '../wire/generated/rpc_pb.ts';

export function keyValueOf(wire: Wire): KeyValue {
  return new StoredKeyValue(
    keyStringOf(wire.key),
    new Uint8Array(wire.value),
    Number(wire.createRevision),
    Number(wire.modRevision),
    Number(wire.version),
    wire.lease,
  );
}

/** 0 if there is none, as in the answers of nested transactions (R72). */
export const revisionOf = (header: ResponseHeader | undefined): number =>
  Number(header?.revision ?? 0n);

export function rangeResult({ header, kvs, count, more }: RangeResponse): RangeResult {
  return { kvs: kvs.map(keyValueOf), count: Number(count), more, revision: revisionOf(header) };
}

export function putResult({ header, prevKv }: PutResponse): PutResult {
  const revision = revisionOf(header);
  return prevKv === undefined ? { revision } : { revision, prevKv: keyValueOf(prevKv) };
}

export function deleteResult({ header, deleted, prevKvs }: DeleteRangeResponse): DeleteResult {
  return {
    revision: revisionOf(header),
    deleted: Number(deleted),
    prevKvs: prevKvs.map(keyValueOf),
  };
}

export function eventOf({ type, kv, prevKv }: Event): WatchEvent {
  const revision = Number(kv!.modRevision);
  const before = prevKv !== undefined && { prevKv: keyValueOf(prevKv) };
  if (type === EventType.DELETE) {
    const deleted = deletedKeyValue(keyStringOf(kv!.key), revision);
    return { type: 'delete', kv: deleted, ...before, revision, isCreate: false };
  }
  const isCreate = kv!.createRevision === kv!.modRevision;
  return { type: 'put', kv: keyValueOf(kv!), ...before, revision, isCreate };
}
