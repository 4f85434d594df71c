import { expect, test } from 'vitest';
import type { Change } from '../../spec/history.ts';
import { timelineOf } from './timeline.ts';

const put = (revision: number, key: string): Change => ({
  type: 'put',
  revision,
  key,
  value: '',
  lease: 0n,
});
const remove = (revision: number, key: string): Change => ({ type: 'delete', revision, key });

/** Of the header comment. */
const changes: readonly Change[] = [
  put(2, 'a'),
  put(3, 'a'),
  put(3, 'b'),
  remove(4, 'a'),
  put(5, 'b'),
  put(6, 'b'),
  remove(7, 'b'),
  put(8, 'a'),
  put(9, 'c'),
];

test('the worked example', () => {
  expect(timelineOf(changes, [4, 7], 80)).toEqual([
    'revision   2 3|4 5 6|7 8 9',
    'a          . .|.    |  *--',
    'b            .|  . .|x',
    'c             |     |    *',
  ]);
});

test('without a compaction lives are joined, and end with a tombstone', () => {
  expect(timelineOf(changes, [], 80)).toEqual([
    'revision   2 3 4 5 6 7 8 9',
    'a          *-o-x       *--',
    'b            *---o-o-x',
    'c                        *',
  ]);
});

test('a tombstone at the compacted revision stays, the put that a read there finds too', () => {
  expect(timelineOf(changes, [4], 80, [4])).toEqual([
    'revision   2 3|4 5 6 7 8 9',
    'a          . .|x       *--',
    'b            *|--o-o-x',
    'c             |          *',
    '               ^',
  ]);
});

test('what is too wide goes on below, with what was done there', () => {
  expect(timelineOf(changes, [], 15)).toEqual([
    'revision   2 3',
    'a          *-o',
    'b            *',
    '',
    'revision   4 5',
    'a         -x',
    'b         ---o',
    '',
    'revision   6 7',
    'b         -o-x',
    '',
    'revision   8 9',
    'a          *--',
    'c            *',
  ]);
});

test('revisions are written downwards, keys as words', () => {
  expect(timelineOf([put(9, 'x'), put(10, '\0'), put(11, 'k'.repeat(20))], [], 80)).toEqual([
    '             1 1',
    'revision   9 0 1',
    '\\x00         *--',
    'k{20}          *',
    'x          *----',
  ]);
});

test('several changes of a key in one revision: the last one shows', () => {
  expect(timelineOf([put(2, 'a'), remove(2, 'a'), put(2, 'b'), put(2, 'b')], [], 80)).toEqual([
    'revision   2',
    'a          x',
    'b          o',
  ]);
});

test('nothing happened', () => {
  expect(timelineOf([], [], 80)).toEqual([]);
});
