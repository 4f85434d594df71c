/** Nothing is shown, and nothing promised, that could not be acknowledged yet. */
import { expect, test } from 'vitest';
import { acknowledged } from './acknowledged.ts';
import type { SeenBatch, Sighting } from './sighting.ts';

const watched = (batch: Partial<SeenBatch>): Sighting => ({
  selector: { all: true },
  from: 1,
  prevKv: false,
  only: undefined,
  batches: [
    { revision: 5, progress: false, events: [], acknowledged: 5, compactRevision: -1, ...batch },
  ],
  upTo: undefined,
  left: undefined,
  cutOffBy: undefined,
  compactions: [],
});

const event = {
  type: 'put',
  key: 'a',
  revision: 6,
  text: 'put a at 6',
  prevKv: undefined,
} as unknown as SeenBatch['events'][number];

test('an event or progress beyond the last revision that could be acknowledged is told', () => {
  expect(acknowledged(watched({ revision: 6, events: [event] }))).toEqual([
    'put a at 6 came when 5 was the last that could be acknowledged',
  ]);
  expect(acknowledged(watched({ revision: 6, progress: true }))).toEqual([
    'progress at 6 came when 5 was the last that could be acknowledged',
  ]);
  expect(acknowledged(watched({ revision: 6, events: [event], acknowledged: 6 }))).toEqual([]);
  expect(acknowledged(watched({ progress: true }))).toEqual([]);
});
