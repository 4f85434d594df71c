import { expect, test } from 'vitest';
import { failureLine, progressLine, reportLine } from './json-lines.ts';
import type { RunReport } from './run-report.ts';
import { answerFailure, clean, thrownFailure, watchFailure } from './samples.testing.ts';

/** As the header says it is to be read. */
function read(line: string): RunReport {
  const { type, verdict, failure, ...others } = JSON.parse(line, (key, value: unknown) =>
    key === 'lease' ? BigInt(value as string) : value,
  );
  expect(type).toBe('report');
  expect(['clean', 'failed', 'incomplete']).toContain(verdict);
  if (failure === null) return { ...others, failure: undefined };
  return { ...others, failure: { ...failure, evidence: failure.evidence ?? undefined } };
}

test.each([
  ['clean', clean],
  ['an answer', answerFailure],
  ['a watch', watchFailure],
  ['an error', thrownFailure],
])('nothing is lost on the way: %s', (_, report) => {
  const line = reportLine(report);
  expect(line).not.toContain('\n');
  expect(read(line)).toEqual(report);
});

test('a lease is a string of digits, whole', () => {
  expect(reportLine(answerFailure)).toContain('"lease":"4611686018427387905"');
});

test('fields stand in one order, whatever order they were given in', () => {
  const backwards = Object.fromEntries(Object.entries(answerFailure).toReversed());
  const rules = Object.fromEntries(Object.entries(answerFailure.rules).toReversed());
  expect(reportLine({ ...(backwards as unknown as RunReport), rules })).toBe(
    reportLine(answerFailure),
  );
  expect(Object.keys(JSON.parse(reportLine(clean)) as object).join(', ')).toBe(
    'type, verdict, target, profile, seed, version, node, workers, runs, operations, seconds, rules, missing, failure',
  );
});

test('a failure line says the same as the report does', () => {
  const { type, ...failure } = JSON.parse(failureLine(watchFailure.failure!)) as { type: string };
  expect(type).toBe('failure');
  expect(failure).toEqual((JSON.parse(reportLine(watchFailure)) as RunReport).failure);
});

test('progress', () => {
  const figures = { operations: 70, runs: 7, seconds: 1.5, rulesTotal: 4, rulesExercised: 3 };
  expect(progressLine({ ...figures, goalRuns: 10 })).toBe(
    '{"type":"progress","seconds":1.5,"runs":7,"operations":70,"rulesExercised":3,"rulesTotal":4,"goalRuns":10,"goalSeconds":null}',
  );
});
