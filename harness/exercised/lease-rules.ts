/** Which rules leases exercise (R120-R128). */
import type { Operation, Response } from '../../spec/types.ts';
import { isRefused, type Rules, type Step } from './step.ts';
import { changesOf, hasChanged } from './write-rules.ts';

type LeaseRules = Rules<Operation, Response>;

const isRaised = ({ operation, response }: Step): boolean =>
  operation.op === 'grant' && response.kind === 'granted' && response.ttl > operation.ttl;

export const GRANT_RULES: LeaseRules = [
  ['R3', ({ response }) => response.kind === 'granted'],
  ['R120', ({ response }) => isRefused(response, 'ERR_LEASE_EXISTS', 'ERR_LEASE_TTL_TOO_LARGE')],
  ['R121', isRaised],
];

export const REVOKE_RULES: LeaseRules = [
  ['R3', (step) => step.response.kind === 'done' && !hasChanged(step)],
  ['R122', hasChanged],
  ['R126', (step) => changesOf(step).length > 0],
];

export const KEEPALIVE_RULES: LeaseRules = [['R123', ({ response }) => response.kind === 'kept']];

export const TTL_RULES: LeaseRules = [
  ['R124', ({ response }) => response.kind === 'lease'],
  ['R126', ({ response }) => response.kind === 'lease' && response.keys.length > 0],
];

export const ADVANCE_RULES: LeaseRules = [
  ['R125', hasChanged],
  ['R2', hasChanged],
];
