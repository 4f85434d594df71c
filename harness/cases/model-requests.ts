/** From the protocol's requests to the words of the specification. */
import type { Bytes, Delete, Put, Range, Selector, SortTarget } from '../../spec/types.ts';
import type { Compare, CompareTarget, Txn, TxnStep } from '../../spec/txn-types.ts';
import type { Watch } from '../../spec/watch-types.ts';
import type {
  CompareMessage,
  DeleteMessage,
  KeyRangeMessage,
  OpMessage,
  PutMessage,
  RangeMessage,
  TxnMessage,
  WatchCreateMessage,
} from './requests.ts';

/** The fixture holds text, and bytes where they are none. */
const bytesOf = (given: string | Uint8Array): Bytes => Buffer.from(given).toString('latin1');

/** R11. */
export function selectorOf({ key = '', range_end = '' }: KeyRangeMessage): Selector {
  const [first, end] = [bytesOf(key), bytesOf(range_end)];
  if (end === '') return { key: first };
  return end === '\x00' ? { gte: first } : { gte: first, lt: end };
}

export function rangeOf(message: RangeMessage): Range {
  return {
    op: 'range',
    selector: selectorOf(message),
    revision: message.revision ?? 0,
    limit: Number(message.limit ?? 0),
    keysOnly: message.keys_only ?? false,
    reverse: message.sort_order === 'DESCEND',
    sort: (message.sort_target ?? 'KEY').toLowerCase() as SortTarget,
    minModRevision: message.min_mod_revision ?? 0,
    maxModRevision: message.max_mod_revision ?? 0,
    minCreateRevision: message.min_create_revision ?? 0,
    maxCreateRevision: message.max_create_revision ?? 0,
  };
}

export function putOf(message: PutMessage): Put {
  return {
    op: 'put',
    key: bytesOf(message.key ?? ''),
    value: bytesOf(message.value ?? ''),
    lease: BigInt(message.lease ?? 0),
    prevKv: message.prev_kv ?? false,
    ignoreValue: message.ignore_value ?? false,
    ignoreLease: message.ignore_lease ?? false,
  };
}

export function deleteOf(message: DeleteMessage): Delete {
  return { op: 'delete', selector: selectorOf(message), prevKv: message.prev_kv ?? false };
}

export function txnOf({ compare = [], success = [], failure = [] }: TxnMessage): Txn {
  return {
    op: 'txn',
    if: compare.map(compareOf),
    then: success.map(stepOf),
    else: failure.map(stepOf),
  };
}

function stepOf(message: OpMessage): TxnStep {
  if (message.request_range !== undefined) return rangeOf(message.request_range);
  if (message.request_put !== undefined) return putOf(message.request_put);
  if (message.request_delete_range !== undefined) return deleteOf(message.request_delete_range);
  return txnOf(message.request_txn!);
}

const RESULTS: Readonly<Record<string, Compare['result']>> = {
  EQUAL: '=',
  NOT_EQUAL: '!=',
  GREATER: '>',
  LESS: '<',
};

/** R65: an operand that is absent is 0, or no bytes. */
function compareOf(message: CompareMessage): Compare {
  const target = message.target.toLowerCase() as CompareTarget;
  const operands: Record<CompareTarget, Compare['operand']> = {
    version: message.version ?? 0,
    create: message.create_revision ?? 0,
    mod: message.mod_revision ?? 0,
    value: bytesOf(message.value ?? ''),
    lease: BigInt(message.lease ?? 0),
  };
  const result = RESULTS[message.result ?? 'EQUAL']!;
  return { selector: selectorOf(message), target, result, operand: operands[target] };
}

export function watchOf(name: string, message: WatchCreateMessage): Watch {
  const { filters = [] } = message;
  return {
    op: 'watch',
    name,
    selector: selectorOf(message),
    from: message.start_revision ?? 0,
    prevKv: message.prev_kv ?? false,
    ...(filters.includes('NOPUT') && { only: 'delete' }),
    ...(filters.includes('NODELETE') && { only: 'put' }),
  };
}
