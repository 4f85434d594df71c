/** The command as it is installed: exit codes, replay, what it writes. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compiled } from '../build.ts';

let directory = '';
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'varve-harness-'));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

function harness(...args: string[]): Ended {
  return harnessIn(process.env, ...args);
}

function harnessIn(env: NodeJS.ProcessEnv, ...args: string[]): Ended {
  const main = join(compiled(), 'harness', 'main.js');
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], {
    encoding: 'utf8',
    env,
  });
  return { code: status, out: stdout, err: stderr };
}

const RUN = [
  'conformance',
  '--target',
  'canary-1',
  '--seed',
  '3',
  '--no-scripts',
  '--shrink',
  '3s',
];

describe('a target that is right', () => {
  test('at every level', () => {
    const args = ['--target', 'index,tree,mvcc,memory,disk', '--runs', '8'];
    const { code, out } = harness('conformance', ...args, '--no-scripts', '--no-rules');
    expect(out.match(/verdict +clean/g)).toHaveLength(5);
    expect(code).toBe(0);
  });

  test('though eleven watches are behind for hundreds of turns, and shown nothing', () => {
    const program = ['--profile', 'queue', '--seed', '71521538', '--run', '54'];
    const { code, out } = harness('conformance', '--target', 'disk', ...program);
    expect(out).toMatch(/verdict +clean/);
    expect(code).toBe(0);
  });

  test('behind the wire', () => {
    const args = ['--target', 'grpc', '--runs', '2', '--no-scripts', '--no-rules'];
    const { code, out } = harness('conformance', ...args);
    expect(out).toMatch(/verdict +clean/);
    expect(code).toBe(0);
  });

  test('exercises every rule in the shortest run, the golden scripts included', () => {
    const { code, out } = harness('conformance', '--target', 'disk', '--runs', '1');
    expect(out).toMatch(/rules +(\d+) of \1 exercised/);
    expect(code).toBe(0);
  });

  test('fails when it leaves a rule out', () => {
    const args = ['--target', 'memory', '--runs', '1', '--no-scripts'];
    const { code, out } = harness('conformance', ...args);
    expect(out).toContain('never exercised');
    expect(code).toBe(1);
  });

  test('gives the same runs for the same seed', () => {
    const args = ['conformance', '--target', 'mvcc', '--runs', '30', '--seed', '9', '--json'];
    const [first, second] = [harness(...args), harness(...args, '--workers', '1')].map(
      ({ out }) => {
        const { runs, operations, rules } = JSON.parse(out) as Record<string, unknown>;
        return { runs, operations, rules };
      },
    );
    expect(first).toEqual(second);
  });
});

const page = (): string => join(directory, 'report.html');
const lines = (): string => join(directory, 'report.jsonl');
const difference = (text: string): string => /What differs:[^]*?\n\n/.exec(text)![0];

describe('a target that is wrong', () => {
  test('is found, shown, and found again by the command that is printed', () => {
    const { code, out } = harness(...RUN, '--report', page(), '--json-lines', lines());
    expect(code).toBe(1);
    const replay = out.trim().split('\n').at(-1)!;
    expect(replay).toMatch(/^varve-harness conformance .*--run=\d+ --path [\d:]+$/);
    const again = harness(...replay.split(' ').slice(1));
    expect(again.code).toBe(1);
    expect(difference(again.out)).toBe(difference(out));
  });

  test('leaves a page and lines of JSON behind', () => {
    expect(readFileSync(page(), 'utf8')).toMatch(/^<!doctype html>/i);
    const objects = readFileSync(lines(), 'utf8').trim().split('\n').map(typeOf);
    expect(objects).toContain('failure');
    expect(objects.at(-1)).toBe('report');
  });
});

const typeOf = (line: string): unknown => (JSON.parse(line) as { readonly type: unknown }).type;

test('a target that cannot be opened here is exit code 2 and a word', () => {
  const { code, err } = harnessIn({ PATH: '/nowhere' }, 'conformance', '--target', 'memory,etcd');
  expect(err).toContain('--target etcd: there is no program "etcd" in PATH');
  expect(code).toBe(2);
});

test.each([
  [['conformance', '--target', 'nothing'], 'index, tree, mvcc, memory, disk, grpc, etcd'],
  [['conformance', '--profile', 'nothing'], 'uniform, kubernetes, locks, queue'],
  [['conformance', '--runs', '0'], '--runs is a whole number'],
  [['conformance', '--time', '5'], 'a time like'],
  [['conformance', '--without', 'nothing'], '--without takes of'],
  [['conformance', '--nothing'], "'--nothing'"],
  [['nothing'], 'no command "nothing"'],
])('wrong flags are exit code 2 and a word: %j', (args, words) => {
  const { code, err } = harness(...args);
  expect(err).toContain(words);
  expect(code).toBe(2);
});
