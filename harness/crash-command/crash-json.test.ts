import { expect, test } from 'vitest';
import { crashFailureLine, crashProgressLine, crashReportLine } from './crash-json.ts';
import {
  clean,
  corruption,
  disk,
  failed,
  failure,
  idle,
  killed,
  states,
} from './samples.testing.ts';

const read = (line: string | undefined): Record<string, unknown> => {
  expect(line).not.toContain('\n');
  return JSON.parse(line!) as Record<string, unknown>;
};

test.each([
  ['clean', clean],
  ['failed', failed],
  ['failed', killed],
  ['incomplete', idle],
])('a report: %s', (verdict, report) => {
  const { type, verdict: word, parts, ...others } = read(crashReportLine(report));
  expect([type, word]).toEqual(['report', verdict]);
  const { parts: given, ...rest } = report;
  expect(others).toEqual(rest);
  // Nothing is lost on the way.
  expect(parts).toEqual(
    given.map(({ covered, failure, ...part }) => ({
      ...part,
      covered: Object.fromEntries(covered),
      failure: failure === undefined ? null : { ...failure, disk: failure.disk ?? null },
    })),
  );
});

const backwards = (value: object): object => Object.fromEntries(Object.entries(value).toReversed());

test('fields stand in one order, whatever order they were given in', () => {
  const parts = failed.parts.map((part) => backwards(part) as typeof states);
  expect(crashReportLine({ ...(backwards(failed) as typeof failed), parts })).toBe(
    crashReportLine(failed),
  );
  expect(Object.keys(read(crashReportLine(clean))).join(', ')).toBe(
    'type, verdict, seed, version, node, workers, parts',
  );
});

test('the most frequent kind comes first', () => {
  const [, part] = read(crashReportLine(clean)).parts as { covered: object }[];
  expect(Object.keys(part!.covered)[0]).toBe(corruption.covered[0]![0]);
});

test('a failure line says the same as the report does, and whose it is', () => {
  expect(read(crashFailureLine({ ...states, failure }))).toEqual({
    type: 'failure',
    part: 'states',
    ...failure,
    disk,
  });
  expect(crashFailureLine(states)).toBeUndefined();
});

test('progress', () => {
  const { part, unit, runs, judged } = states;
  expect(crashProgressLine({ part, unit, runs, judged, seconds: 1.5, goalRuns: 400 })).toBe(
    '{"type":"progress","part":"states","seconds":1.5,"runs":312,"judged":51234,"goalRuns":400,"goalSeconds":null}',
  );
});
