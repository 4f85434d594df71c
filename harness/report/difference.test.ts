import { expect, test } from 'vitest';
import { Chronicle } from '../../spec/guarantees/chronicle.ts';
import type { Evidence, Lane } from '../targets/divergence.ts';
import { laneMarksOf, revisionsOf } from './difference.ts';
import { answerEvidence, watchEvidence } from './samples.testing.ts';

const { made } = Chronicle.of(watchEvidence.changes);
const [lane, honest] = watchEvidence.lanes as [Lane, Lane];

test('events that a broken guarantee names are found, shown or not', () => {
  const { missing, named, bookmarks } = laneMarksOf(lane, made);
  expect(missing.map(({ text }) => text)).toEqual([
    '5 delete a',
    '7 create c=1 create 7 mod 7 version 1',
  ]);
  expect([...named]).toEqual([['4 put b=2 create 3 mod 4 version 2', ['Unique']]]);
  expect([...bookmarks]).toEqual([]);
});

test('an event is not found in the line of another', () => {
  const broken = [
    { guarantee: 'Reliable', text: '15 delete ab never came' },
    { guarantee: 'Reliable', text: '3 create b=1 create 3 mod 3 version 11 never was' },
    { guarantee: 'Bookmarkable', text: 'a bookmark at 3 came after 4' },
  ];
  const { missing, named, bookmarks } = laneMarksOf({ ...lane, broken }, made);
  expect(missing).toEqual([]);
  expect([...named]).toEqual([]);
  expect([...bookmarks]).toEqual([3]);
});

test('a watch that keeps every guarantee has no marks', () => {
  const { missing, named } = laneMarksOf(honest, made);
  expect([missing.length, named.size]).toEqual([0, 0]);
});

test('where to look: the revision that was asked for', () => {
  expect(revisionsOf(answerEvidence)).toEqual([5]);
});

test('where to look: the revisions of what differs', () => {
  const now = { ...answerEvidence, operation: 'range all' };
  expect(revisionsOf(now)).toEqual([3, 4]);
  const events: Evidence = {
    ...now,
    operation: 'history all',
    should: ['events 2', '  4 create b=1 create 4 mod 4 version 1', '  5 delete a'],
    does: ['events 1', '  4 create b=1 create 4 mod 4 version 1'],
  };
  expect(revisionsOf(events)).toEqual([5]);
});

test('where to look: the end, if nothing tells', () => {
  expect(
    revisionsOf({ ...answerEvidence, operation: 'flush', should: ['done'], does: ['x'] }),
  ).toEqual([9]);
});

test('where to look: what a watch missed and showed wrongly', () => {
  expect(revisionsOf(watchEvidence)).toEqual([4, 5, 7]);
});
