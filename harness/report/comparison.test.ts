import { expect, test } from 'vitest';
import { sideBySide } from './columns.ts';
import { comparisonOf, type Part } from './comparison.ts';

const marked = (parts: readonly Part[]): string =>
  parts.map(({ text, differs }) => (differs ? `<${text}>` : text)).join('');

function compared(should: readonly string[], does: readonly string[]): string[] {
  return comparisonOf(should, does).map(
    (row) => `${row.kind}: ${marked(row.should)} / ${marked(row.does)}`,
  );
}

test('only the words that differ are marked', () => {
  const [should, does] = ['a=1 create 2 mod 3 version 2', 'a=1 create 2 mod 4 version 3'];
  expect(compared([should], [does])).toEqual([
    'changed: a=1 create 2 mod <3> version <2> / a=1 create 2 mod <4> version <3>',
  ]);
});

test('keys stand beside themselves, and missing and extra ones alone', () => {
  const should = ['revision 4, count 3', '  a=1 mod 2', '  b=1 mod 3', '  d=1 mod 4'];
  const does = ['revision 4, count 3', '  b=2 mod 3', '  c=1 mod 2', '  d=1 mod 4'];
  expect(compared(should, does)).toEqual([
    'same: revision 4, count 3 / revision 4, count 3',
    'missing: <  a=1 mod 2> / ',
    'changed:   b=<1> mod 3 /   b=<2> mod 3',
    'extra:  / <  c=1 mod 2>',
    'same:   d=1 mod 4 /   d=1 mod 4',
  ]);
});

test('another kind of answer differs as a whole', () => {
  expect(compared(['none'], ['OUT_OF_RANGE it is compacted'])).toEqual([
    'changed: <none> / <OUT_OF_RANGE it is compacted>',
  ]);
  expect(compared([], ['done'])).toEqual(['extra:  / <done>']);
  expect(compared(['done'], ['done'])).toEqual(['same: done / done']);
});

test('a swap is one line missing and one too much, not nothing', () => {
  const rows = comparisonOf(['  a=1', '  b=1'], ['  b=1', '  a=1']);
  expect(rows.map(({ kind }) => kind).toSorted()).toEqual(['extra', 'missing', 'same']);
});

test('side by side, with what is too long going on below', () => {
  const should = ['revision 4, count 2', '  a=1 create 2 mod 2 version 1', '  b=1 mod 3'];
  const does = ['revision 4, count 1', '  a=1 create 2 mod 2 version 12'];
  expect(sideBySide(should, does, 49)).toEqual([
    '  should answer          | answers',
    '~ revision 4, count 2    | revision 4, count 1',
    '                    ^    |                   ^',
    '~   a=1 create 2 mod 2 v |   a=1 create 2 mod 2 v',
    '  ersion 1               | ersion 12',
    '         ^               |        ^^',
    '-   b=1 mod 3            |',
  ]);
});
