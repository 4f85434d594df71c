/**
 * Limits that the operating system sets a process: how long a file may be, how many it may have open. What the
 * store cannot write is refused, and nothing that it has acknowledged is lost.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Filled, fill, type FillingInit } from './filling.ts';
import { judge } from './judge.ts';
import { childProgram } from './process.ts';
import { killShape } from './round.ts';

const random = (): number => 0.5;
const typed = (codes: Iterable<string>): boolean =>
  [...codes].every((code) => code === '' || code.startsWith('ERR_'));

/** Compiling takes its time. */
beforeAll(childProgram, 120_000);

describe.skipIf(process.platform === 'win32')('a limit', () => {
  let parent: string;
  beforeEach(() => {
    parent = mkdtempSync(join(tmpdir(), 'varve-limits-'));
  });
  afterEach(() => rmSync(parent, { recursive: true, force: true }));

  async function under(limit: string, init: Partial<FillingInit>): Promise<Filled> {
    const directory = join(parent, 'store');
    const shell = ['sh', '-c', `${limit}; exec "$0" "$@"`, process.execPath];
    const { options = killShape } = init;
    const filled = await fill({
      directory,
      options,
      moment: { phase: 'refused', nth: 4, ms: 0 },
      command: shell,
      past: [],
      puts: 1500,
      valueBytes: 1500,
      ...init,
    });
    expect(filled.problems).toEqual([]);
    const { before } = filled;
    const { problems } = await judge({ directory, options, before, random, thorough: true });
    expect(problems).toEqual([]);
    return filled;
  }

  test('on the length of files costs nothing that was acknowledged', async () => {
    const options = { ...killShape, segmentSizeBytes: 2 ** 20 };
    const { answers } = await under('ulimit -f 128', { options });
    expect(answers.get('')).toBeGreaterThan(20);
    expect(answers.size).toBeGreaterThan(1);
  });

  test('on the length of files is told by an error of the store', async () => {
    const options = { ...killShape, segmentSizeBytes: 2 ** 20 };
    const { answers } = await under('ulimit -f 128', { options });
    expect(typed(answers.keys())).toBe(true);
  });

  test('on open files costs nothing that was acknowledged', async () => {
    const { answers } = await under('ulimit -n 256', { descriptorsLeft: 8 });
    expect(answers.get('')).toBeGreaterThan(2);
    expect(answers.size).toBeGreaterThan(1);
  });
});
