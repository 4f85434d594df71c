import { expect, test } from 'vitest';
import { answerFailure, clean, REPLAY, thrownFailure, watchFailure } from './samples.testing.ts';
import { summaryOf } from './summary.ts';

test('a clean run', () => {
  expect(summaryOf(clean)).toEqual([
    'target      disk',
    'profile     kubernetes',
    'seed        42',
    'runs        1,200 on 2 workers, in 25 s',
    'operations  1,234,567, 50,390 a second',
    'rules       7 of 7 exercised',
    "verdict     clean: every answer was the model's, and every rule was exercised",
  ]);
});

test('rules that were never exercised are named, and the run is not clean', () => {
  const rules = { ...clean.rules, R9: 0, R88: 0 };
  const lines = summaryOf({ ...clean, rules, missing: ['R88', 'R9'] });
  expect(lines.slice(-2)).toEqual([
    'rules       7 of 9 exercised; never: R9, R88',
    'verdict     incomplete: no difference, but 2 rules were never exercised',
  ]);
});

test('nothing compared is not clean', () => {
  expect(summaryOf({ ...clean, operations: 0 }).at(-1)).toBe(
    'verdict     incomplete: no answer was compared',
  );
});

test('an answer that differs', () => {
  expect(summaryOf(answerFailure, 118).slice(5)).toEqual([
    'rules       6 of 7 exercised; never: R83',
    "verdict     failed: an answer is not the model's",
    '',
    'Found in run 17, made smaller 12 times: 10 commands left of 37:',
    '   1  put a 1',
    '   2  put a 2',
    '   3  put b 1 lease=4611686018427387905',
    '   4  delete a',
    '   5  put <b>\\x26\\x22 </script>',
    '   6  put b 2',
    '   7  compact 5',
    '   8  put \\x00\\xff 9',
    '   9  put a 3',
    '  10  range all rev=5',
    '',
    'What differs: range all rev=5',
    '  should answer                                            | answers',
    '~ revision 9, count 1                                      | revision 9, count 3',
    '                    ^                                      |                   ^',
    '+                                                          |   a=2 create 2 mod 3 version 2',
    '~   b=1 create 4 mod 4 version 1 lease 4611686018427387905 |   b=1 create 4 mod 4 version 2 lease 4611686018427387905',
    '                               ^                           |                              ^',
    '',
    'Timeline (^ is where to look)',
    '  revision      2 3 4|5 6 7 8 9',
    '  \\x00\\xff           |      *--',
    '  <b>\\x26\\x22        |  *------',
    '  a             . .  |x       *',
    '  b                 *|----o----',
    '                      ^',
    '  * create  o put  x tombstone  - alive  . taken by compaction  | compacted',
    '',
    'To run it again:',
    '',
    REPLAY,
  ]);
});

test('a watch that broke what it guarantees', () => {
  expect(summaryOf(watchFailure).slice(6)).toEqual([
    'verdict     failed: a watch broke what it guarantees: Unique, Reliable',
    '',
    'Found in run 17, made smaller 12 times: 10 commands left of 37:',
    '      # watch 0: all from=2 {} takes 2',
    '   1  put a 1',
    '   2  put b 1',
    '   3  write: put a 2; put b 2',
    '   4  delete a',
    '   5  put a 3',
    '   6  put c 1',
    '      # watch 1: prefix=a from=5 {} takes 3',
    '      # watch 0 asks for progress',
    '',
    'Timeline (^ is where to look)',
    '  revision   2 3 4 5 6 7',
    '  a          *---o-x *--',
    '  b            *-o------',
    '  c                    *',
    '                 ^ ^   ^',
    '  * create  o put  x tombstone  - alive  . taken by compaction  | compacted',
    '',
    'Broken by watch 0: all from=2 {} takes 2',
    '  Unique: 4 put b=2 create 3 mod 4 version 2 came 2 times',
    '  Reliable: 5 delete a never came',
    '  Reliable: 7 create c=1 create 7 mod 7 version 1 never came',
    '',
    'To run it again:',
    '',
    REPLAY,
  ]);
});

test('an error without evidence: nothing in it reaches the terminal as a command', () => {
  expect(summaryOf(thrownFailure).slice(6)).toEqual([
    'verdict     failed: the target threw: a <generation> without\\x1b[31m records',
    '',
    'Found in run 17, with 3 commands:',
    '  AssertionError: a <generation> without\\x1b[31m records',
    '      at assert (engine/base/assert.ts:10:9)',
    '      at KeyIndex.get (key-index.ts:88:5)',
    '',
    'To run it again:',
    '',
    REPLAY,
  ]);
});

test('an error that the program tells of', () => {
  const failure = answerFailure.failure!;
  const program = [
    'put a 1',
    '# throws RangeError: no such segment',
    '#     at read (reader.ts:1)',
  ];
  const evidence = { ...failure.evidence!, program, operation: '', should: [], does: [] };
  const lines = summaryOf({ ...answerFailure, failure: { ...failure, evidence } });
  expect(lines[6]).toBe('verdict     failed: the target threw: RangeError: no such segment');
  expect(lines).toContain('      # throws RangeError: no such segment');
  // What the message has to say besides.
  expect(lines).toContain('the whole story');
});

test('a long history is told from its end', () => {
  const failure = answerFailure.failure!;
  const evidence = {
    ...failure.evidence!,
    changes: Array.from({ length: 3000 }, (_, i) => {
      const key = `k${i % 10}`;
      return { type: 'put' as const, revision: i + 2, key, value: '', lease: 0n };
    }),
  };
  const lines = summaryOf({ ...answerFailure, failure: { ...failure, evidence } });
  expect(lines.length).toBeLessThan(120);
  expect(lines.some((line) => /^ {2}\([\d,]+ lines before\)$/.test(line))).toBe(true);
});
