/** Which rules a write of one request exercises (R1-R5, R40-R51). */
import type { Change } from '../../spec/history.ts';
import type { Delete, Put, Response } from '../../spec/types.ts';
import { isRefused, type Rules, type Step } from './step.ts';

/** A revision was made. */
export const hasChanged = ({ before, model }: Step<unknown, unknown>): boolean =>
  model.revision > before.revision;

/** Changes of the current revision, if this step made it. */
export function changesOf(step: Step<unknown, unknown>): readonly Change[] {
  if (!hasChanged(step)) return [];
  const { changes, revision } = step.model;
  const first = changes.findLastIndex((change) => change.revision < revision);
  return changes.slice(first + 1);
}

const isFirst = (step: Step<unknown, unknown>): boolean =>
  hasChanged(step) && step.model.revision === 2;

export const PUT_RULES: Rules<Put, Response> = [
  ['R1', isFirst],
  ['R2', hasChanged],
  ['R3', ({ response }) => response.kind === 'refused'],
  ['R4', (step) => hasChanged(step) && putsTheSame(step)],
  ['R13', ({ response }) => isRefused(response, 'ERR_EMPTY_KEY')],
  [
    'R40',
    ({ response }) =>
      isRefused(
        response,
        'ERR_VALUE_PROVIDED',
        'ERR_LEASE_PROVIDED',
        'ERR_LEASE_NOT_FOUND',
        'ERR_KEY_NOT_FOUND',
      ),
  ],
  ['R41', ({ response }) => response.kind === 'put' && response.prevKv !== undefined],
  [
    'R42',
    ({ operation, response }) =>
      (operation.ignoreValue === true || operation.ignoreLease === true) && response.kind === 'put',
  ],
  ['R43', ({ operation, response }) => (operation.lease ?? 0n) !== 0n && response.kind === 'put'],
  ['R44', ({ response }) => isRefused(response, 'ERR_REQUEST_TOO_LARGE')],
];

function putsTheSame({ operation, model }: Step<Put>): boolean {
  const before = model.changes.findLast(
    ({ key }, index) => key === operation.key && index < model.changes.length - 1,
  );
  return before?.type === 'put' && before.value === operation.value;
}

export const DELETE_RULES: Rules<Delete, Response> = [
  ['R2', hasChanged],
  ['R3', ({ response }) => response.kind === 'delete' && response.deleted === 0],
  ['R13', ({ response }) => isRefused(response, 'ERR_EMPTY_KEY')],
  ['R50', ({ response }) => response.kind === 'delete' && response.prevKvs.length > 0],
  ['R51', ({ response }) => response.kind === 'delete' && response.deleted > 1],
];
