/** Which rules a transaction exercises (R5, R60-R74, R88). */
import type { Compare, Txn, TxnStep } from '../../spec/txn-types.ts';
import type { Response } from '../../spec/types.ts';
import { isRefused, type Rules, type Step } from './step.ts';
import { changesOf, hasChanged } from './write-rules.ts';

type TxnRules = Rules<Txn, Response>;

export const TXN_RULES: TxnRules = [
  ['R2', hasChanged],
  ['R3', (step) => step.response.kind === 'txn' && !hasChanged(step)],
  ['R5', (step) => changesOf(step).length > 1],
  ['R13', ({ response }) => isRefused(response, 'ERR_EMPTY_KEY')],
  [
    'R60',
    ({ response }) =>
      isRefused(response, 'ERR_TOO_MANY_OPS', 'ERR_VALUE_PROVIDED', 'ERR_LEASE_PROVIDED'),
  ],
  ['R61', ({ operation, response }) => response.kind === 'txn' && operation.if.length > 1],
  ['R62', (step) => hasCompare(step, ({ selector }) => 'key' in selector)],
  ['R63', (step) => hasCompare(step, (compare) => isMissing(step, compare))],
  ['R64', (step) => hasCompare(step, ({ selector }) => !('key' in selector))],
  ['R66', ({ response }) => isRefused(response, 'ERR_DUPLICATE_KEY')],
  ['R67', (step) => isTwiceInOne(step)],
  [
    'R69',
    ({ response }) =>
      isRefused(
        response,
        'ERR_KEY_NOT_FOUND',
        'ERR_LEASE_NOT_FOUND',
        'ERR_COMPACTED',
        'ERR_FUTURE_REVISION',
      ),
  ],
  ['R70', ({ operation, response }) => response.kind === 'refused' && asksForItsOwn(operation)],
  ['R71', ({ operation, response }) => readsAfterWriting(operation, response)],
  ['R72', ({ response }) => answersOf(response).some(({ kind }) => kind === 'txn')],
  ['R73', (step) => !hasChanged(step) && isNested(step)],
  ['R74', (step) => changesOf(step).length > 1],
];

const hasCompare = (
  { operation, response }: Step<Txn>,
  isMeant: (compare: Compare) => boolean,
): boolean => response.kind === 'txn' && operation.if.some(isMeant);

function isMissing(step: Step<Txn>, { selector }: Compare): boolean {
  if (!('key' in selector) || hasChanged(step)) return false;
  const last = step.model.changes.findLast(({ key }) => key === selector.key);
  return last === undefined || last.type === 'delete';
}

const answersOf = (response: Response): readonly Response[] =>
  response.kind === 'txn' ? response.responses : [];

const branchOf = (txn: Txn, response: Response): readonly TxnStep[] =>
  response.kind !== 'txn' ? [] : response.succeeded ? txn.then : txn.else;

/** Several records of a key in one revision. */
export function isTwiceInOne(step: Step<unknown, unknown>): boolean {
  const keys = changesOf(step).map(({ key }) => key);
  return new Set(keys).size < keys.length;
}

function asksForItsOwn({ then, else: otherwise }: Txn): boolean {
  return [...then, ...otherwise].some(
    (step) => step.op === 'range' && step.revision !== undefined && step.revision !== 0,
  );
}

function readsAfterWriting(txn: Txn, response: Response): boolean {
  const steps = branchOf(txn, response);
  const read = steps.findLastIndex(({ op }) => op === 'range');
  return steps.slice(0, Math.max(0, read)).some(({ op }) => op === 'put' || op === 'delete');
}

const isNested = ({ operation, response }: Step<Txn>): boolean =>
  branchOf(operation, response).some(({ op }) => op === 'txn');
