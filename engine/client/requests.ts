/** What is asked, as messages. Every check that needs no store is made here. */
import type { MessageInitShape } from '@bufbuild/protobuf';
import { bufferOf } from '../base/bytes.ts';
import { invalidArgument, leaseNotFound } from '../base/errors.ts';
import { checkedDelete } from '../txn/delete-range.ts';
import { leaseIdOf } from '../txn/limits.ts';
import { checkedPut } from '../txn/put.ts';
import { checkedInteger, checkRange } from '../txn/range.ts';
import { checkedKey } from '../txn/selector.ts';
import type {
  DeleteOptions,
  Key,
  LeaseId,
  PutOptions,
  RangeOptions,
  ReadOptions,
  Selector,
  Value,
} from '../types.ts';
import {
  type DeleteRangeRequestSchema,
  type PutRequestSchema,
  type RangeRequestSchema,
  RangeRequest_SortOrder as SortOrder,
  RangeRequest_SortTarget as SortTarget,
} from '../wire/generated/rpc_pb.ts';
import { wireRangeOf } from '../wire/key-range.ts';

export type RangeInit = MessageInitShape<typeof RangeRequestSchema>;
export type PutInit = Named<MessageInitShape<typeof PutRequestSchema>>;
export type DeleteInit = Named<MessageInitShape<typeof DeleteRangeRequestSchema>>;

/** With its key. */
type Named<T> = T & { readonly key: Uint8Array };

const TARGETS: Readonly<Record<NonNullable<RangeOptions['sort']>, SortTarget>> = {
  key: SortTarget.KEY,
  version: SortTarget.VERSION,
  create: SortTarget.CREATE,
  mod: SortTarget.MOD,
  value: SortTarget.VALUE,
};

/** A single key is no selector here: `get` takes nothing else. */
export function getRequest(key: Key, options: ReadOptions): RangeInit {
  checkedKey(key);
  return rangeRequest(key, options);
}

/** Sorted ranges name their order: without one the server would sort what a limit has left (R29). */
export function rangeRequest(selector: Selector, options: RangeOptions): RangeInit {
  checkRange(selector, options);
  const { sort = 'key', reverse = false, limit = 0 } = options;
  const isPlain = sort === 'key' && !reverse;
  return {
    ...wireRangeOf(selector),
    limit: BigInt(Math.max(0, limit)),
    revision: BigInt(options.revision ?? 0),
    sortTarget: TARGETS[sort],
    sortOrder: isPlain ? SortOrder.NONE : reverse ? SortOrder.DESCEND : SortOrder.ASCEND,
    serializable: options.serializable === true,
    keysOnly: options.keysOnly === true,
    minModRevision: BigInt(options.minModRevision ?? 0),
    maxModRevision: BigInt(options.maxModRevision ?? 0),
    minCreateRevision: BigInt(options.minCreateRevision ?? 0),
    maxCreateRevision: BigInt(options.maxCreateRevision ?? 0),
  };
}

export function countRequest(selector: Selector, options: ReadOptions): RangeInit {
  return {
    ...wireRangeOf(selector),
    revision: BigInt(checkedInteger('revision', options.revision)),
    serializable: options.serializable === true,
    countOnly: true,
  };
}

/** `ifModRevision` is not part of it: the protocol has transactions for that. */
export function putRequest(key: Key, value: Value, options: PutOptions): PutInit {
  checkedPut(key, value, options, Number.POSITIVE_INFINITY);
  return {
    key: bytesOf(key),
    value: bytesOf(value),
    lease: wireLease(leaseIdOf(options.lease)),
    prevKv: options.prevKv === true,
    ignoreValue: options.ignoreValue === true,
    ignoreLease: options.ignoreLease === true,
  };
}

export function deleteRequest(selector: Selector, options: DeleteOptions): DeleteInit {
  checkedDelete(selector, options);
  return { ...wireRangeOf(selector), prevKv: options.prevKv === true };
}

export const bytesOf = (text: Key | Value): Uint8Array =>
  typeof text === 'string' ? Buffer.from(text) : bufferOf(text);

/** ERR_LEASE_NOT_FOUND: no lease has such an id. */
function wireLease(id: LeaseId): bigint {
  if (BigInt.asIntN(64, id) !== id) throw leaseNotFound();
  return id;
}

/** ERR_INVALID_ARGUMENT unless it is a bigint of 64 bits. */
export function checkedLeaseId(id: LeaseId): bigint {
  if (typeof id !== 'bigint' || BigInt.asIntN(64, id) !== id) {
    throw invalidArgument(`the id of a lease is a bigint of 64 bits, not ${String(id)}`);
  }
  return id;
}
