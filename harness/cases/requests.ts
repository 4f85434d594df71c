/** From the protocol's requests to the words of the Store API. */
import {
  type Compare,
  type DeleteOp,
  del,
  get,
  type Key,
  type LeaseId,
  type Op,
  type PutOp,
  put,
  type RangeOp,
  type RangeOptions,
  type Selector,
  type TxnRequest,
  type WatchOptions,
} from '../../engine/index.ts';

type Sort = NonNullable<RangeOptions['sort']>;

export interface KeyRangeMessage {
  readonly key?: Key;
  readonly range_end?: Key;
}
export interface RangeMessage extends KeyRangeMessage {
  readonly revision?: number;
  /** An int64 that is no safe integer is a string. */
  readonly limit?: number | string;
  readonly sort_order?: string | number;
  readonly sort_target?: string;
  readonly keys_only?: boolean;
  readonly count_only?: boolean;
  readonly serializable?: boolean;
  readonly min_mod_revision?: number;
  readonly max_mod_revision?: number;
  readonly min_create_revision?: number;
  readonly max_create_revision?: number;
}
export interface PutMessage {
  readonly key?: Key;
  readonly value?: Key;
  readonly lease?: number;
  readonly prev_kv?: boolean;
  readonly ignore_value?: boolean;
  readonly ignore_lease?: boolean;
}
export interface DeleteMessage extends KeyRangeMessage {
  readonly prev_kv?: boolean;
}
export interface CompareMessage extends KeyRangeMessage {
  readonly target: string;
  readonly result?: string;
  readonly version?: number;
  readonly create_revision?: number;
  readonly mod_revision?: number;
  readonly value?: Key;
  readonly lease?: number;
}
export interface OpMessage {
  readonly request_range?: RangeMessage;
  readonly request_put?: PutMessage;
  readonly request_delete_range?: DeleteMessage;
  readonly request_txn?: TxnMessage;
}
export interface TxnMessage {
  readonly compare?: readonly CompareMessage[];
  readonly success?: readonly OpMessage[];
  readonly failure?: readonly OpMessage[];
}
export interface LeaseMessage {
  readonly ID?: number;
  readonly TTL?: number;
  readonly keys?: boolean;
}
export interface WatchCreateMessage extends KeyRangeMessage {
  readonly start_revision?: number;
  readonly prev_kv?: boolean;
  readonly filters?: readonly string[];
  readonly progress_notify?: boolean;
}
export interface WatchMessage {
  readonly create_request?: WatchCreateMessage;
  readonly cancel_request?: { readonly watch_id: number };
  readonly progress_request?: object;
}

/** R11. */
export function selectorOf({ key = '', range_end = '' }: KeyRangeMessage): Selector {
  const end = Buffer.from(range_end);
  if (end.length === 0) return key;
  return end.equals(Buffer.of(0)) ? { gte: key } : { gte: key, lt: range_end };
}

export function rangeOp(message: RangeMessage): RangeOp {
  return get(selectorOf(message), {
    revision: message.revision ?? 0,
    limit: Math.min(Number(message.limit ?? 0), Number.MAX_SAFE_INTEGER),
    keysOnly: message.keys_only ?? false,
    serializable: message.serializable ?? false,
    reverse: message.sort_order === 'DESCEND',
    sort: sortOf(message),
    minModRevision: message.min_mod_revision ?? 0,
    maxModRevision: message.max_mod_revision ?? 0,
    minCreateRevision: message.min_create_revision ?? 0,
    maxCreateRevision: message.max_create_revision ?? 0,
  });
}

/** An order that does not exist is passed on as a target that does not: the API has one word for both. */
function sortOf({ sort_order = 'NONE', sort_target = 'KEY' }: RangeMessage): Sort {
  const isKnown = ['NONE', 'ASCEND', 'DESCEND'].includes(String(sort_order));
  return (isKnown ? sort_target.toLowerCase() : String(sort_order)) as Sort;
}

export function putOp(message: PutMessage): PutOp {
  return put(message.key ?? '', message.value ?? '', {
    lease: BigInt(message.lease ?? 0),
    prevKv: message.prev_kv ?? false,
    ignoreValue: message.ignore_value ?? false,
    ignoreLease: message.ignore_lease ?? false,
  });
}

export function deleteOp(message: DeleteMessage): DeleteOp {
  return del(selectorOf(message), { prevKv: message.prev_kv ?? false });
}

export function txnOf({ compare = [], success = [], failure = [] }: TxnMessage): TxnRequest {
  return { if: compare.map(compareOf), then: success.map(opOf), else: failure.map(opOf) };
}

function opOf(message: OpMessage): Op {
  if (message.request_range !== undefined) return rangeOp(message.request_range);
  if (message.request_put !== undefined) return putOp(message.request_put);
  if (message.request_delete_range !== undefined) return deleteOp(message.request_delete_range);
  return { op: 'txn', txn: txnOf(message.request_txn!) };
}

const RESULTS: Readonly<Record<string, Compare['result']>> = {
  EQUAL: '=',
  NOT_EQUAL: '!=',
  GREATER: '>',
  LESS: '<',
};

/** R65: an operand that is absent is 0, or no bytes. */
function compareOf(message: CompareMessage): Compare {
  const target = message.target.toLowerCase() as Compare['target'];
  const operands: Record<Compare['target'], Compare['operand']> = {
    version: message.version ?? 0,
    create: message.create_revision ?? 0,
    mod: message.mod_revision ?? 0,
    value: message.value ?? '',
    lease: BigInt(message.lease ?? 0),
  };
  return {
    selector: selectorOf(message),
    target,
    result: RESULTS[message.result ?? 'EQUAL']!,
    operand: operands[target],
  };
}

export const leaseIdOf = ({ ID = 0 }: LeaseMessage): LeaseId => BigInt(ID);

export function watchOptionsOf(message: WatchCreateMessage): WatchOptions {
  const { filters = [] } = message;
  return {
    startRevision: message.start_revision ?? 0,
    prevKv: message.prev_kv ?? false,
    progress: message.progress_notify ?? false,
    ...(filters.includes('NOPUT') && { only: 'delete' }),
    ...(filters.includes('NODELETE') && { only: 'put' }),
  };
}
