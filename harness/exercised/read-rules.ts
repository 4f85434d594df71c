/** Which rules a read exercises (R8-R13, R20-R28). */
import type { KeyValue, Range, Response, Selector } from '../../spec/types.ts';
import { isRefused, type Rules } from './step.ts';

const isKey = (selector: Selector): boolean => 'key' in selector;

/** Bounds that contradict each other. */
export function isInverted(selector: Selector): boolean {
  if (!('gte' in selector || 'gt' in selector)) return false;
  const { gte, gt, lt, lte } = selector;
  const from = gte ?? gt;
  const to = lt ?? lte;
  return from !== undefined && to !== undefined && from >= to;
}

const kvsOf = (response: Response): readonly KeyValue[] =>
  response.kind === 'range' ? response.kvs : [];

const isFiltered = (range: Range): boolean =>
  [
    range.minModRevision,
    range.maxModRevision,
    range.minCreateRevision,
    range.maxCreateRevision,
  ].some((bound) => (bound ?? 0) !== 0);

export const RANGE_RULES: Rules<Range, Response> = [
  ['R1', ({ response }) => response.kind === 'range' && response.revision === 1],
  ['R8', ({ response }) => kvsOf(response).some(({ key }) => key > '\x7f' || key.includes('\x00'))],
  [
    'R9',
    ({ operation, response }) =>
      !operation.keysOnly && kvsOf(response).some((kv) => kv.value === ''),
  ],
  ['R10', ({ response }) => kvsOf(response).some((kv) => kv.version > 1)],
  ['R11', ({ operation, response }) => !isKey(operation.selector) && kvsOf(response).length > 0],
  ['R12', ({ operation, response }) => isInverted(operation.selector) && response.kind === 'range'],
  ['R13', ({ response }) => isRefused(response, 'ERR_EMPTY_KEY')],
  ['R20', ({ response }) => isRefused(response, 'ERR_COMPACTED', 'ERR_FUTURE_REVISION')],
  [
    'R21',
    ({ operation: { revision = 0 }, response }) =>
      response.kind === 'range' && revision > 0 && revision < response.revision,
  ],
  ['R22', ({ response }) => response.kind === 'range' && response.count > response.kvs.length],
  ['R23', ({ response }) => response.kind === 'range' && response.more],
  ['R25', ({ operation, response }) => operation.keysOnly === true && kvsOf(response).length > 0],
  ['R26', ({ operation, response }) => isFiltered(operation) && kvsOf(response).length > 0],
  [
    'R27',
    ({ operation: { sort = 'key' }, response }) => sort !== 'key' && kvsOf(response).length > 1,
  ],
  ['R28', ({ operation, response }) => hasTies(operation, kvsOf(response))],
];

function hasTies({ sort = 'key' }: Range, kvs: readonly KeyValue[]): boolean {
  if (sort === 'key' || kvs.length < 2) return false;
  const field = {
    version: 'version',
    create: 'createRevision',
    mod: 'modRevision',
    value: 'value',
  }[sort] as keyof KeyValue;
  return kvs.some((kv, i) => i > 0 && kv[field] === kvs[i - 1]![field]);
}
