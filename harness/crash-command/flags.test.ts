import { describe, expect, test } from 'vitest';
import { UsageError } from '../runner/usage.ts';
import { crashFlags } from './flags.ts';
import { crashHelp } from './help.ts';
import { quoted, replayOf } from './replay.ts';

test('without flags everything has a default', () => {
  expect(crashFlags([])).toEqual({
    parts: ['states', 'faults', 'corruption', 'kills'],
    shrinkMs: 20_000,
    json: false,
    help: false,
  });
});

test('with all of them', () => {
  const args = '--part kills,states,kills --seed 5 --runs 7 --time 1.5m --workers 3 --shrink 0s';
  const files = '--report a/b.html --json-lines c.jsonl --json';
  expect(crashFlags(`${args} ${files}`.split(' '))).toEqual({
    parts: ['kills', 'states'],
    seed: 5,
    runs: 7,
    timeMs: 90_000,
    workers: 3,
    report: 'a/b.html',
    jsonLines: 'c.jsonl',
    json: true,
    shrinkMs: 0,
    help: false,
  });
});

test('a place in a run', () => {
  const args = ['--part', 'states', '--seed', '0', '--run', '0', '--at', '0@1:'];
  expect(crashFlags(args)).toMatchObject({ parts: ['states'], seed: 0, run: 0, at: '0@1:' });
  expect(crashFlags(['--part', 'kills', '--seed', '1', '--run', '2', '--at', 'round-1']).run).toBe(
    2,
  );
});

test('who asks for help gets it, whatever else there is', () => {
  expect(crashFlags(['--run', '3', '--help']).help).toBe(true);
  expect(crashFlags(['-h']).help).toBe(true);
});

test('the help names every flag, every part, and what a place looks like', () => {
  const flags = ['part', 'runs', 'time', 'seed', 'workers', 'shrink', 'report', 'json-lines'];
  for (const flag of [...flags, 'json', 'run', 'at']) expect(crashHelp()).toContain(`--${flag}`);
  for (const part of crashFlags([]).parts) {
    expect(crashHelp().match(new RegExp(`^ {4}${part} `, 'gm'))).toHaveLength(2);
  }
});

describe('wrong flags are told with what to do', () => {
  test.each([
    [
      '--part nonsense',
      '--part is one or more of states, faults, corruption, kills, not "nonsense"',
    ],
    ['--part states,', 'not ""'],
    ['--seed -1', '--seed is a whole number from 0 on, not "-1"'],
    ['--seed 2147483648', '--seed is a whole number'],
    ['--seed x', 'not "x"'],
    ['--runs 0', '--runs is a whole number from 1 on, not "0"'],
    ['--time 5', '--time is a time like 500ms, 30s, 5m or 2h, not "5"'],
    ['--time 0s', '--time is a time like'],
    ['--shrink no', '--shrink is a time like'],
    ['--workers 0', '--workers is a whole number from 1 on'],
    ['--run -1 --part states', '--run is a whole number from 0 on'],
    ['--run 1 --seed 1', '--run is about one part: add --part states or --part faults or'],
    ['--run 1 --part states', '--run is about one seed: add --seed S'],
    ['--at 0@1: --part states', '--at is a place in a run: add --run N'],
    ['--run 1 --part states --seed 1 --runs 2', 'leave out --runs and --time'],
    ['--run 1 --part kills --seed 1 --at 17:0', 'a place looks like round-2, not "17:0"'],
    ['--nothing', "'--nothing'"],
    ['states', 'states'],
  ])('%s', (args, words) => {
    // An equals sign, as a value that begins with a dash needs it.
    const given = args.replaceAll(/(--\w+) (?=-\d)/g, '$1=').split(' ');
    expect(() => crashFlags(given)).toThrow(UsageError);
    expect(() => crashFlags(given)).toThrow(words);
  });
});

test('the command that runs a failure again is one that a shell understands', () => {
  expect(replayOf('states', 7, { run: 3, at: '0.2@9:0.1/3:1' })).toBe(
    'varve-harness crash --part states --seed 7 --run 3 --at 0.2@9:0.1/3:1',
  );
  const at = 'copy:0000000001.seg:512+48<MANIFEST:0';
  expect(replayOf('corruption', 7, { run: 3, at })).toBe(
    `varve-harness crash --part corruption --seed 7 --run 3 --at '${at}'`,
  );
  expect(quoted("a'b#")).toBe(String.raw`'a'\''b#'`);
});
