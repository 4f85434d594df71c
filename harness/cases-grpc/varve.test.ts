/** Every recorded case, asked of Varve's server over gRPC. */
import { readFileSync } from 'node:fs';
import { afterAll, expect, test } from 'vitest';
import { type RecordedCase, recordedCases } from '../cases/recorded.ts';
import { departures } from './departures.ts';
import { runCase } from './run-case.ts';
import { Servers } from './servers.ts';
import { serveVarve } from './varve-served.ts';

const servers = new Servers(serveVarve);
afterAll(() => servers.remove());

for (const recorded of recordedCases) {
  const name = `${recorded.id} ${recorded.title}`;
  // Much of it is waiting. Flags are bounds of the whole process.
  if (recorded.serverFlags === undefined) test.concurrent(name, () => check(recorded));
  else test(name, () => check(recorded));
}

async function check(recorded: RecordedCase): Promise<void> {
  const departure = departures[recorded.id];
  const outcomes = await servers.with(recorded, (served) => runCase(recorded, served, departure));
  for (const { step, actual, expected, isNoDeparture } of outcomes) {
    expect(actual, step).toEqual(expected);
    expect(isNoDeparture, `${step} is answered as by etcd 3.4.23: no departure`).toBe(false);
  }
}

test('every departure is from a step that there is', () => {
  const strays = Object.entries(departures).filter(([id, { answers }]) => {
    const steps = recordedCases.find((recorded) => recorded.id === id)?.steps;
    return Object.keys(answers).some((step) => steps?.[Number(step)] === undefined);
  });
  expect(strays).toEqual([]);
});

test('docs/differences.md names the rules of every departure', () => {
  const text = readFileSync(new URL('../../docs/differences.md', import.meta.url), 'utf8');
  const rules = Object.values(departures).flatMap(({ rule }) => rule.split(', '));
  expect(rules.filter((rule) => !text.includes(rule))).toEqual([]);
});
