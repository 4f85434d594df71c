/** Which rules a watch of the model exercises (R90-R105). */
import type { Event } from '../../spec/maintenance-types.ts';
import type { Response } from '../../spec/types.ts';
import type { Watch, WatchOperation } from '../../spec/watch-types.ts';
import { isRefused, type Rules } from './step.ts';

export const WATCH_RULES: Rules<Watch, Response> = [
  ['R90', ({ operation: { selector } }) => 'key' in selector && selector.key === ''],
  ['R91', ({ operation, response }) => (operation.from ?? 0) > 0 && response.kind === 'done'],
  [
    'R97',
    ({ operation, response }) => (operation.from ?? 0) > 0 && isRefused(response, 'ERR_COMPACTED'),
  ],
  ['R96', ({ response }) => isRefused(response, 'ERR_INVALID_ARGUMENT')],
  [
    'R99',
    ({ operation, before }) =>
      before.compactRevision > 0 && operation.from === before.compactRevision,
  ],
  ['R98', ({ operation, response }) => (operation.from ?? 0) < 0 && response.kind === 'refused'],
];

export const EVENTS_RULES: Rules<WatchOperation, Response> = [
  [
    'R100',
    ({ operation, response, model }) =>
      response.kind === 'events' &&
      (model.watches.get(operation.name)?.compactRevision ?? 0) < model.compactRevision,
  ],
  ['R101', ({ response }) => hasSeveralOfOne(eventsOf(response))],
  ['R103', ({ response }) => eventsOf(response).some(({ type }) => type === 'delete')],
  ['R104', ({ response }) => eventsOf(response).some(({ prevKv }) => prevKv !== undefined)],
  // All are shown when the watch says so, asked for progress.
  ['R107', ({ response }) => response.kind === 'events'],
  ['R109', ({ response }) => eventsOf(response).length > 0],
  [
    'R105',
    ({ operation, response, model }) =>
      model.watches.get(operation.name)?.only !== undefined && eventsOf(response).length > 0,
  ],
  ['R112', ({ response }) => response.kind === 'events' && response.events.length === 0],
];

const eventsOf = (response: Response): readonly Event[] =>
  response.kind === 'events' ? response.events : [];

const revisionOf = (event: Event): number =>
  event.type === 'put' ? event.kv.modRevision : event.revision;

const hasSeveralOfOne = (events: readonly Event[]): boolean =>
  events.some((event, i) => i > 0 && revisionOf(event) === revisionOf(events[i - 1]!));
