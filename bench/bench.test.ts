/** Every suite runs, with next to nothing to do: so that code which is rarely run does not rot. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { exponentOf, nameOf } from './curves/order.ts';
import { svgOf } from './curves/svg.ts';
import { environmentOf } from './environment.ts';
import { keyOf, orderOf, valueOf } from './keys.ts';
import { parseCommandLine } from './options.ts';
import { Bench } from './suite.ts';
import { suites } from './suites/index.ts';
import { goalsOf, tableOf } from './table.ts';

const directory = mkdtempSync(join(tmpdir(), 'varve-bench-test-'));
const bench = new Bench({
  keys: 1000,
  rounds: 1,
  turnMs: 20,
  steadyMs: 100,
  revisionsMax: 300,
  docs: join(directory, 'docs'),
  date: '2025-01-01',
  directory,
  peers: [],
  inProcess: true,
  progress: () => {},
});
afterAll(() => bench.close());

test.each(suites)('$name', async (suite) => {
  const figures = await suite.run(bench);
  expect(figures.length).toBeGreaterThan(0);
  for (const { measurements } of figures) {
    expect(measurements[0]!.by).toBe('varve');
    for (const { value } of measurements) expect(Number.isFinite(value)).toBe(true);
  }
  expect(tableOf(suite.title, figures)).toContain(figures[0]!.work);
  expect(goalsOf(figures)).toContain('reached');
});

test('keys sort as their numbers and have their size', () => {
  expect(keyOf(42)).toBe('key-000000000042');
  expect(keyOf(9) < keyOf(10)).toBe(true);
  expect(valueOf(7)).toHaveLength(256);
  expect([...orderOf(50, 'random')].toSorted((a, b) => a - b)).toEqual([
    ...orderOf(50, 'sequential'),
  ]);
});

test('the command line', () => {
  expect(parseCommandLine(['get', '--quick'])).toMatchObject({ names: ['get'], keys: 100_000 });
  expect(() => parseCommandLine(['--keys', 'many'])).toThrow('--keys is no count: many');
});

test('an order of growth is the slope between logarithms', () => {
  const samples = [10, 100, 1000].map((n) => ({ n, cost: 3 * n ** 1.02 }));
  expect(exponentOf(samples)).toBeCloseTo(1.02);
  expect(nameOf(1.02)).toBe('n^1.02, linear');
  expect(nameOf(-0.001)).toBe('n^0.00, constant');
});

test('a chart spans whole decades and escapes its texts', () => {
  const samples = [10, 1000].map((n) => ({ n, cost: 5 }));
  const svg = svgOf({ title: 'a < b', unit: 'µs', lines: [{ name: 'flat', samples }] });
  expect(svg).toContain('a &lt; b');
  expect(svg.match(/<path class="line0" d="M56 (\S+)L464 \1"/)).not.toBeNull();
});

test('the environment', () => {
  expect(environmentOf(directory, '2025-01-01', [])).toMatchObject({
    date: '2025-01-01',
    peers: {},
  });
});
