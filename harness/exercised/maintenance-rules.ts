/** Which rules compactions, hashes and restarts exercise (R80-R89b, R140-R145). */
import type { Compact, HashKv } from '../../spec/maintenance-types.ts';
import type { Operation, Response } from '../../spec/types.ts';
import { isRefused, type Rules, type Step } from './step.ts';

const isDone = ({ response }: { readonly response: Response }): boolean => response.kind === 'done';

export const COMPACT_RULES: Rules<Compact, Response> = [
  ['R80', ({ response }) => isRefused(response, 'ERR_COMPACTED', 'ERR_FUTURE_REVISION')],
  ['R81', (step) => isDone(step)],
  ['R82', (step) => isDone(step) && hasSuperseded(step)],
  ['R83', (step) => isDone(step) && hasAt(step, 'delete')],
  ['R84', (step) => isDone(step) && livesOn(step)],
  ['R85', (step) => isDone(step) && step.operation.revision > 2],
  ['R86', (step) => isDone(step) && step.before.compactRevision > 0],
  ['R88', (step) => isDone(step) && hasTwiceAt(step)],
];

type CompactStep = Step<Compact>;

/** Something older than what a read there sees. */
function hasSuperseded({ operation: { revision }, model }: CompactStep): boolean {
  const keys = model.changes.filter((change) => change.revision <= revision).map(({ key }) => key);
  return new Set(keys).size < keys.length;
}

const hasAt = ({ operation, model }: CompactStep, type: 'put' | 'delete'): boolean =>
  model.changes.some((change) => change.revision === operation.revision && change.type === type);

/** A key put on both sides of it. */
function livesOn({ operation: { revision }, model }: CompactStep): boolean {
  const after = new Set(
    model.changes.filter((change) => change.revision > revision).map(({ key }) => key),
  );
  return model.changes.some(({ key, revision: at }) => at <= revision && after.has(key));
}

function hasTwiceAt({ operation: { revision }, model }: CompactStep): boolean {
  const keys = model.changes.filter((change) => change.revision === revision).map((c) => c.key);
  return new Set(keys).size < keys.length;
}

export const HASH_RULES: Rules<HashKv, Response> = [
  ['R140', ({ response }) => response.kind === 'hash' || response.kind === 'refused'],
  [
    'R141',
    ({ operation: { revision = 0 }, response, model }) =>
      response.kind === 'hash' && revision > model.compactRevision && model.compactRevision > 0,
  ],
  [
    'R142',
    ({ response, model }) =>
      response.kind === 'hash' &&
      model.changes.some(
        ({ type, revision }) => type === 'delete' && revision > model.compactRevision,
      ),
  ],
  ['R143', ({ response }) => response.kind === 'hash'],
  [
    'R145',
    ({ operation: { revision = 0 }, response, model }) =>
      response.kind === 'hash' && revision > 0 && revision === model.compactRevision,
  ],
];

export const RESTART_RULES: Rules<Operation, Response> = [
  ['R89a', ({ before }) => before.compactRevision > 0],
  ['R89b', ({ before, model }) => before.compactRevision > 0 && model.changes.length > 1],
  ['R127', ({ model }) => model.leases.length > 0],
];
