/** Enters in the ledger which rules an operation, or all that a watch has shown, exercised. */
import { eventsOf, type Sighting } from '../../spec/guarantees/sighting.ts';
import type { Ledger } from '../targets/ledger.ts';
import {
  ADVANCE_RULES,
  GRANT_RULES,
  KEEPALIVE_RULES,
  REVOKE_RULES,
  TTL_RULES,
} from './lease-rules.ts';
import { COMPACT_RULES, HASH_RULES, RESTART_RULES } from './maintenance-rules.ts';
import { RANGE_RULES } from './read-rules.ts';
import type { Rules, Step } from './step.ts';
import { isTwiceInOne, TXN_RULES } from './txn-rules.ts';
import { EVENTS_RULES, WATCH_RULES } from './watch-rules.ts';
import { changesOf, DELETE_RULES, hasChanged, PUT_RULES } from './write-rules.ts';

const WRITE_RULES: Rules<unknown, unknown> = [
  ['R2', hasChanged],
  ['R5', (step) => changesOf(step).length > 1],
  ['R67', isTwiceInOne],
  ['R74', (step) => changesOf(step).length > 1],
];

const COUNT_RULES: Rules<unknown, unknown> = [['R24', () => true]];

const BY_OPERATION: Readonly<Record<string, Rules<never, never>>> = {
  range: RANGE_RULES,
  count: COUNT_RULES,
  put: PUT_RULES,
  delete: DELETE_RULES,
  write: WRITE_RULES,
  txn: TXN_RULES,
  compact: COMPACT_RULES,
  hashkv: HASH_RULES,
  restart: RESTART_RULES,
  grant: GRANT_RULES,
  revoke: REVOKE_RULES,
  keepalive: KEEPALIVE_RULES,
  ttl: TTL_RULES,
  leases: [['R124', () => true]],
  advance: ADVANCE_RULES,
  watch: WATCH_RULES,
  events: EVENTS_RULES,
};

export function noteRules(ledger: Ledger, step: Step): void {
  const rules = BY_OPERATION[step.operation.op] as Rules<Step['operation'], unknown> | undefined;
  if (rules === undefined) return;
  for (const [rule, isExercised] of rules) if (isExercised(step)) ledger.exercised(rule);
}

type WatchRules = readonly (readonly [rule: string, (sighting: Sighting) => boolean])[];

const hasEvents = (sighting: Sighting): boolean => eventsOf(sighting).length > 0;

/** R90-R112, as far as a watch of the Store interface shows them. */
const SIGHTING_RULES: WatchRules = [
  ['R90', ({ selector }) => 'key' in selector && selector.key === '\0'],
  ['R91', ({ from, batches }) => from > 0 && batches.length > 0],
  ['R97', ({ cutOffBy }) => cutOffBy !== undefined],
  ['R99', (sighting) => hasEvents(sighting) && sighting.compactions[0] === sighting.from],
  ['R100', (sighting) => sighting.compactions.length > 1 && sighting.cutOffBy === undefined],
  ['R101', ({ batches }) => batches.some(({ events }) => events.length > 1)],
  ['R103', (sighting) => eventsOf(sighting).some(({ type }) => type === 'delete')],
  ['R104', (sighting) => eventsOf(sighting).some(({ prevKv }) => prevKv !== undefined)],
  ['R105', (sighting) => sighting.only !== undefined && hasEvents(sighting)],
  ['R107', ({ batches }) => batches.some(({ progress }) => progress)],
  ['R109', hasEvents],
  ['R112', ({ batches }) => batches.length > 0],
];

export function noteSighting(ledger: Ledger, sighting: Sighting): void {
  for (const [rule, isExercised] of SIGHTING_RULES) {
    if (isExercised(sighting)) ledger.exercised(rule);
  }
}

/** Every rule that traffic of a store can exercise. */
export const STORE_RULES: readonly string[] = [
  ...new Set([
    ...Object.values(BY_OPERATION).flatMap((rules) => rules.map(([rule]) => rule)),
    ...SIGHTING_RULES.map(([rule]) => rule),
  ]),
].sort(
  (a, b) => Number.parseInt(a.slice(1), 10) - Number.parseInt(b.slice(1), 10) || (a < b ? -1 : 1),
);
