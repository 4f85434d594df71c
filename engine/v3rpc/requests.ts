/**
 * From the protocol's requests to the words of the Store API. What only the protocol can say (an order NONE,
 * compares of unknown kinds, an operation that names none) is put into words that come to the same.
 */
import { keyNotFound } from '../base/errors.ts';
import type {
  Compare,
  DeleteOptions,
  Op,
  PutOptions,
  RangeOptions,
  Selector,
  TxnRequest,
} from '../types.ts';
import {
  type Compare as CompareMessage,
  Compare_CompareResult as Result,
  Compare_CompareTarget as Target,
  type DeleteRangeRequest,
  RangeRequest_SortOrder as Order,
  RangeRequest_SortTarget as SortTarget,
  type RequestOp,
  type TxnRequest as TxnMessage,
} from '../wire/generated/rpc_pb.ts';
import { selectorOf } from '../wire/key-range.ts';
import type { FieldsOf, PutFields, RangeFields } from '../wire/requests.ts';

type Sort = NonNullable<RangeOptions['sort']>;

/** An int64 as a number; one that no number holds becomes the nearest: nothing in a store is as large. */
export function numberOf(value: bigint): number {
  if (value === 0n) return 0;
  const number = Number(value);
  if (Number.isSafeInteger(number)) return number;
  return number > 0 ? Number.MAX_SAFE_INTEGER : Number.MIN_SAFE_INTEGER;
}

// ── range ──────────────────────────────────────────────────────────────────

const SORTS: Readonly<Record<number, Sort>> = {
  [SortTarget.KEY]: 'key',
  [SortTarget.VERSION]: 'version',
  [SortTarget.CREATE]: 'create',
  [SortTarget.MOD]: 'mod',
  [SortTarget.VALUE]: 'value',
};
const KNOWN_SORTS: ReadonlySet<Sort> = new Set(Object.values(SORTS));

/** R29: without an order only the first `limit` keys and one are looked at, and those are sorted. */
export function sortsHeadOnly(message: RangeFields): boolean {
  const { sortOrder, sortTarget, limit } = message;
  return (
    sortOrder === Order.NONE && sortTarget !== SortTarget.KEY && limit > 0n && !filters(message)
  );
}

const filters = (message: RangeFields): boolean =>
  message.minModRevision !== 0n ||
  message.maxModRevision !== 0n ||
  message.minCreateRevision !== 0n ||
  message.maxCreateRevision !== 0n;

export function rangeOptionsOf(message: RangeFields): RangeOptions {
  const { keysOnly, countOnly, serializable, limit } = message;
  const revision = numberOf(message.revision);
  const sort = sortOf(message);
  if (!KNOWN_SORTS.has(sort)) return { sort };
  // R24: counting looks at nothing else, and one key is the least that can be asked for.
  if (countOnly) return { revision, limit: 1, keysOnly: true, serializable };
  if (sortsHeadOnly(message)) {
    const needsValues = sort === 'value' || !keysOnly;
    return { revision, limit: numberOf(limit + 1n), keysOnly: !needsValues, serializable };
  }
  const reverse = message.sortOrder === Order.DESCEND;
  const options = { revision, limit: numberOf(limit), keysOnly, serializable, reverse, sort };
  if (!filters(message)) return options;
  return {
    ...options,
    minModRevision: numberOf(message.minModRevision),
    maxModRevision: numberOf(message.maxModRevision),
    minCreateRevision: numberOf(message.minCreateRevision),
    maxCreateRevision: numberOf(message.maxCreateRevision),
  };
}

/** R30: an order that does not exist is passed on as a target that does not: the API has one word for both. */
export function sortOf({ sortOrder, sortTarget }: RangeFields): Sort {
  const isKnown = sortOrder >= Order.NONE && sortOrder <= Order.DESCEND;
  if (!isKnown) return `order ${sortOrder}` as Sort;
  return SORTS[sortTarget] ?? (`target ${sortTarget}` as Sort);
}

// ── put, delete ────────────────────────────────────────────────────────────

export function putOptionsOf({ lease, prevKv, ignoreValue, ignoreLease }: PutFields): PutOptions {
  return { lease, prevKv, ignoreValue, ignoreLease };
}

export const deleteOptionsOf = ({ prevKv }: FieldsOf<DeleteRangeRequest>): DeleteOptions => ({
  prevKv,
});

// ── txn ────────────────────────────────────────────────────────────────────

export function txnOf({ compare, success, failure }: FieldsOf<TxnMessage>): TxnRequest {
  return { if: compare.map(compareOf), then: success.map(opOf), else: failure.map(opOf) };
}

/** R60: refused as soon as its turn comes to be checked. */
const NO_OPERATION = {
  get op(): never {
    throw keyNotFound();
  },
} as unknown as Op;

function opOf({ request }: RequestOp): Op {
  switch (request.case) {
    case 'requestRange':
      return {
        op: 'range',
        selector: selectorOf(request.value),
        options: rangeOptionsOf(request.value),
      };
    case 'requestPut': {
      const { key, value } = request.value;
      return { op: 'put', key, value, options: putOptionsOf(request.value) };
    }
    case 'requestDeleteRange':
      return {
        op: 'deleteRange',
        selector: selectorOf(request.value),
        options: deleteOptionsOf(request.value),
      };
    case 'requestTxn':
      return { op: 'txn', txn: txnOf(request.value) };
    case undefined:
    default:
      return NO_OPERATION;
  }
}

const RESULTS: Readonly<Record<number, Compare['result']>> = {
  [Result.EQUAL]: '=',
  [Result.NOT_EQUAL]: '!=',
  [Result.GREATER]: '>',
  [Result.LESS]: '<',
};

type Operands = Readonly<
  Record<number, readonly [Compare['target'], (message: CompareMessage) => Compare['operand']]>
>;

/** R65: an operand that is absent, or that of another target, is 0, or no bytes. */
const TARGETS: Operands = {
  [Target.VERSION]: ['version', ({ targetUnion: u }) => (u.case === 'version' ? u.value : 0n)],
  [Target.CREATE]: ['create', ({ targetUnion: u }) => (u.case === 'createRevision' ? u.value : 0n)],
  [Target.MOD]: ['mod', ({ targetUnion: u }) => (u.case === 'modRevision' ? u.value : 0n)],
  [Target.VALUE]: ['value', ({ targetUnion: u }) => (u.case === 'value' ? u.value : '')],
  [Target.LEASE]: ['lease', ({ targetUnion: u }) => (u.case === 'lease' ? u.value : 0n)],
};

function compareOf(message: CompareMessage): Compare {
  const selector = selectorOf(message);
  const result = RESULTS[message.result];
  const known = TARGETS[message.target];
  if (known === undefined) return constant(selector, result === undefined || result === '=');
  const [target, operandOf] = known;
  if (result === undefined) {
    // R65: true, but for a value that is not there.
    return target === 'value' ? existing(selector) : constant(selector, true);
  }
  return { selector, target, result, operand: operandOf(message) };
}

/** No version is less than 0. */
const constant = (selector: Selector, holds: boolean): Compare => ({
  selector,
  target: 'version',
  result: holds ? '>' : '<',
  operand: -1,
});

const existing = (selector: Selector): Compare => ({
  selector,
  target: 'version',
  result: '>',
  operand: 0,
});
