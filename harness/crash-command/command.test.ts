/** The command as it is installed: exit codes, replay, what it writes. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compiled } from '../build.ts';

let directory = '';
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'varve-crash-'));
  compiled();
}, 120_000);
afterAll(() => rmSync(directory, { recursive: true, force: true }));

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

function crash(...args: string[]): Ended {
  const main = join(compiled(), 'harness', 'main.js');
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, 'crash', ...args], {
    encoding: 'utf8',
  });
  return { code: status, out: stdout, err: stderr };
}

const TIMEOUT_MS = 60_000;

const page = (): string => join(directory, 'new', 'report.html');
const lines = (): string => join(directory, 'report.jsonl');

describe('a store that is right', () => {
  test(
    'is clean, and the reports say so',
    () => {
      writeFileSync(lines(), '{"type":"of another run"}\n');
      const args = '--runs 1 --part states --seed 1'.split(' ');
      const { code, out, err } = crash(...args, '--report', page(), '--json-lines', lines());
      expect(out).toMatch(/^seed +1\nstates +[\d,]+ crash states in 1 run, [^]*\nverdict +clean: /);
      expect(err).toMatch(/^states {2}\[#{20}\] 100% {2}[\d,]+ crash states .* 1 run /);
      expect(code).toBe(0);
      expect(readFileSync(page(), 'utf8')).toContain('<title>clean: varve crash trials</title>');
      const all = readFileSync(lines(), 'utf8').trim().split('\n');
      const types = all.map((line) => (JSON.parse(line) as { readonly type: string }).type);
      expect(types).toEqual(['of another run', 'progress', 'report']);
      expect(JSON.parse(all[2]!)).toMatchObject({ verdict: 'clean', seed: 1, workers: 1 });
    },
    TIMEOUT_MS,
  );

  test(
    'gives the same runs for the same seed, and every part its turn in however little time',
    () => {
      const seed = ['--seed', '4', '--workers', '1', '--json'];
      const hasty = crash('--part', 'corruption,faults', '--time', '1ms', ...seed);
      const one = crash('--part', 'corruption', '--runs', '1', ...seed);
      const [parts, [again]] = [partsIn(hasty), partsIn(one)];
      expect(parts).toMatchObject([{ runs: 1 }, { part: 'faults', runs: 1 }]);
      expect(parts[0]).toEqual({ ...again, seconds: expect.any(Number) as number });
      expect([hasty.code, one.code]).toEqual([0, 0]);
    },
    TIMEOUT_MS,
  );
});

const partsIn = ({ out }: Ended): readonly object[] =>
  (JSON.parse(out) as { readonly parts: readonly object[] }).parts;

test.each([
  ['states', '0@0:', '1 crash states in 1 run'],
  ['corruption', 'whole', '1 damaged stores in 1 run'],
])('one place again: %s at %s', (part, at, words) => {
  const { code, out } = crash('--part', part, '--seed', '1', '--run', '0', '--at', at);
  expect(out).toContain(words);
  expect(code).toBe(0);
});

const REPLAY = ['--seed', '1', '--run', '0'];

test.each([
  [['--part', 'nonsense'], '--part is one or more of states, faults, corruption, kills'],
  [['--part', 'states', ...REPLAY, '--at', '0@9999:'], 'crashes are at operations 0 to'],
  [['--part', 'faults', ...REPLAY, '--at', 'x'], '--at: a place looks like life/write:3+=ENOSPC'],
  [['--runs', '1', '--report', '/dev/null/page.html'], '--report names a file that can be written'],
])('wrong flags are exit code 2 and a word: %j', (args, words) => {
  const { code, out, err } = crash(...args);
  expect(err).toContain(words);
  // No stack.
  expect(err).not.toMatch(/^ +at /m);
  expect(out).toBe('');
  expect(code).toBe(2);
});
