import { expect, test } from 'vitest';
import { crashLines } from './crash-text.ts';
import {
  clean,
  corruption,
  failed,
  failure,
  idle,
  killed,
  REPLAY,
  states,
} from './samples.testing.ts';

test('a clean run: the most frequent kinds, and how many more there are', () => {
  expect(crashLines(clean)).toEqual([
    'seed         7',
    'states       51,234 crash states in 312 runs, 25 s, 2,049 a second',
    '             write #.seg 3,120, sync #.seg 2,900, sync names 12',
    'corruption   900 damaged stores in 2 runs, 3.0 s, 300 a second',
    '             flip in file 0: refused 300, flip in file 1: refused 299, flip in file 2: refused 298,',
    '             flip in file 3: refused 297, flip in file 4: refused 296, flip in file 5: refused 295,',
    '             flip in file 6: refused 294, flip in file 7: refused 293, flip in file 8: refused 292,',
    '             flip in file 9: refused 291, flip in file 10: refused 290,',
    '             flip in file 11: refused 289, and 288 more (--json has all)',
    'verdict      clean: nothing acknowledged was lost, and nothing was shown that never was',
  ]);
});

test('what is longer than a line is not broken within', () => {
  const kind = 'x'.repeat(120);
  const lines = crashLines({
    ...clean,
    parts: [
      {
        ...states,
        covered: [
          [kind, 2],
          ['y', 1],
        ],
      },
    ],
  });
  expect(lines.slice(2, 4)).toEqual([`             ${kind} 2,`, '             y 1']);
});

test('a part that judged nothing is named, and the run is not clean', () => {
  expect(crashLines(idle).at(-1)).toBe('verdict      incomplete: corruption judged nothing');
  const none = { ...states, judged: 0, runs: 0 };
  expect(crashLines({ ...clean, parts: [none, { ...none, part: 'kills' }] }).at(-1)).toBe(
    'verdict      incomplete: states and kills judged nothing',
  );
  expect(crashLines({ ...clean, parts: [] }).at(-1)).toBe(
    'verdict      incomplete: no part has run',
  );
});

test('a failure, with the disk before and after', () => {
  const lines = crashLines(failed);
  expect(lines.slice(lines.findIndex((line) => line.startsWith('verdict')))).toEqual([
    'verdict      failed: the store is not what it must be after a power cut',
    '',
    'Run 3 of states, at 0.2@9:0.1:',
    '   1  put a 1',
    '      #   asked for revision 2: put a 1',
    '   2  delete a # not awaited',
    '      # the power fails before operation 9: sync names /store',
    '',
    'What is wrong:',
    '  Acknowledged: 3 was acknowledged, and the revision is 2',
    '  VarveError: no such \\x1b[31mfile',
    '      at open (engine/open.ts:1:2)',
    '',
    'The disk before the crash and after it, a sign for each 512 bytes:',
    '  = synced, + written since, # there, synced or not, - lost: as it was when it was synced,',
    '  / half of it kept, . beyond the end of the file',
    '',
    '  /store/0000000001.seg  2,048 bytes, then 1,100',
    '    before  =+++',
    '    after   =-/.',
    '',
    '  /store/0000000002.seg  the name is gone; 1,024 bytes, then 0',
    '    before  ##',
    '    after   ..',
    '',
    '  /store/MANIFEST  the name leads to an older file again; 60 bytes, then 44',
    '    before  #',
    '    after   =',
    '',
    '  /store/MANIFEST.tmp  was removed or renamed, and is back; 0 bytes, then 60',
    '    before  .',
    '    after   +',
    '',
    '  As they were: /store/notes',
    '',
    'To run it again:',
    '',
    REPLAY,
  ]);
});

test('a failure of a part that has no such disk', () => {
  const text = crashLines(killed).join('\n');
  expect(text).not.toContain('The disk');
  expect(text).toContain('failed: the store is not what it must be after a kill');
});

test('two parts that failed are both told of', () => {
  const text = crashLines({
    ...failed,
    parts: [...failed.parts.slice(0, 1), { ...corruption, failure }],
  }).join('\n');
  expect(text).toContain('after a power cut, and after damage');
  expect(text.match(/^Run 3 of (states|corruption),/gm)).toHaveLength(2);
});

test('many sectors of one file take several lines', () => {
  const sectors = Array.from({ length: 100 }, () => 'damaged' as const);
  const bytes = 100 * 512;
  const file = { path: 'a', name: 'kept', bytesBefore: bytes, bytesAfter: bytes, sectors } as const;
  const lines = crashLines({
    ...clean,
    parts: [{ ...corruption, failure: { ...failure, disk: [file] } }],
  });
  expect(lines).toContain('The disk before the damage and after it, a sign for each 512 bytes:');
  expect(lines).toContain(`    before  ${'='.repeat(80)}`);
  expect(lines).toContain(`            ${'='.repeat(20)}`);
  expect(lines).toContain(`    after   ${'x'.repeat(80)}`);
});
