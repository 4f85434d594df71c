/** Every recorded case that can be asked of a store in this process, in memory and in a directory, and of the model. */
import { readFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { describe, expect, test } from 'vitest';
import { departures } from './departures.ts';
import { NOT_FOR_THE_MODEL, relevantOfWatch } from './model-stream.ts';
import { ModelSubject } from './model-subject.ts';
import {
  type Fields,
  plain,
  rangesMet,
  type RecordedCase,
  recordedCases,
  resolved,
  type Step,
} from './recorded.ts';
import { withFlags } from './server-flags.ts';
import { type Kind, Subject, understands } from './subject.ts';
import { WIRE } from './wire.ts';

const GROUPS = ['REV', 'KEY', 'RANGE', 'PUT', 'DEL', 'TXN', 'COMPACT', 'HASH', 'WATCH', 'LEASE'];

const COUNTS: Readonly<Record<Kind, object>> = {
  memory: { run: 224, 'needs restart': 3, 'needs kill': 3, 'the wire': 13 },
  directory: { run: 230, 'the wire': 13 },
  model: { run: 226, 'not for the model': 4, 'the wire': 13 },
};

const cases = recordedCases.filter(({ group }) => GROUPS.includes(group));

/** Why a case is left out; undefined if it is not. */
function reasonToSkip({ id, steps }: RecordedCase, kind: Kind): string | undefined {
  if (WIRE[id] !== undefined) return `the wire: ${WIRE[id]}`;
  const reason = kind === 'model' ? NOT_FOR_THE_MODEL[id] : undefined;
  if (reason !== undefined) return `not for the model: ${reason}`;
  const strange = steps.find(({ op }) => !understands(kind, op))?.op;
  return strange === undefined ? undefined : `needs ${strange}`;
}

const kinds: Kind[] = ['memory', 'directory', 'model'];

describe.each(kinds)('%s', (kind) => {
  for (const recorded of cases) {
    test(`${recorded.id} ${recorded.title}`, async ({ skip }) => {
      const reason = reasonToSkip(recorded, kind);
      if (reason !== undefined) skip(reason);
      await run(recorded, kind);
    });
  }

  test('this many cases run, and this many are left out', () => {
    const counts: Record<string, number> = {};
    for (const recorded of cases) {
      const [reason = 'run'] = (reasonToSkip(recorded, kind) ?? 'run').split(':');
      counts[reason] = (counts[reason] ?? 0) + 1;
    }
    expect(counts).toEqual(COUNTS[kind]);
  });
});

test('every departure is from a case that runs', () => {
  const running = cases.filter((recorded) => reasonToSkip(recorded, 'memory') === undefined);
  const strays = Object.entries(departures).filter(([id, { answers }]) => {
    const steps = running.find((recorded) => recorded.id === id)?.steps;
    return Object.keys(answers).some((step) => steps?.[Number(step)] === undefined);
  });
  expect(strays).toEqual([]);
});

test('the model departs wherever a store does, unless it has no words for the case', () => {
  const left = Object.keys(departures).filter((id) => NOT_FOR_THE_MODEL[id] !== undefined);
  expect(left).toEqual(['RANGE-056']);
});

test('docs/differences.md names every departure with its case and its rules', () => {
  const file = new URL('../../docs/differences.md', import.meta.url);
  const lines = readFileSync(file, 'utf8').split('\n');
  const unnamed = Object.entries(departures).filter(([id, { rule }]) => {
    const line = lines.find((text) => text.includes(id)) ?? '';
    return rule.split(', ').some((number) => !line.includes(number));
  });
  expect(unnamed.map(([id]) => id)).toEqual([]);
});

interface Compared {
  readonly actual: unknown;
  readonly expected: unknown;
}

async function run(recorded: RecordedCase, kind: Kind): Promise<void> {
  using _flags = withFlags(recorded.serverFlags ?? []);
  const subject = kind === 'model' ? new ModelSubject() : await Subject.open(kind);
  try {
    if (!recorded.fresh) {
      await subject.ask({ op: 'put', req: { key: 'was here', value: 'before' } });
      await subject.ask({ op: 'deleteRange', req: { key: 'was here' } });
    }
    const base = subject.revision;
    const hashes = new Map<string, unknown>();
    for (const [index, step] of recorded.steps.entries()) {
      check({ recorded, kind, base }, index, await ask(subject, step, base, hashes));
    }
  } finally {
    await subject.close();
  }
}

/** The answer with those of its fields that were recorded. */
async function ask(
  subject: Subject | ModelSubject,
  step: Step,
  base: number,
  hashes: Map<string, unknown>,
): Promise<Fields> {
  const answer = await subject.ask({ ...step, req: resolved(step.req ?? {}, base) as Fields });
  const { saveHash, eqHash, pick } = step;
  if (saveHash !== undefined) hashes.set(saveHash, answer['hash']);
  if (eqHash !== undefined) {
    return { hashEquals: eqHash, equal: answer['hash'] === hashes.get(eqHash) };
  }
  if (pick === undefined || 'error' in answer) return answer;
  return Object.fromEntries(pick.map((path) => [path, fieldAt(answer, path)]));
}

/** Null if it is absent, or false as an absent one. */
function fieldAt(answer: Fields, path: string): unknown {
  let found: unknown = answer;
  for (const name of path.split('.')) found = (found as Fields | undefined)?.[name];
  return found ?? null;
}

interface Trial {
  readonly recorded: RecordedCase;
  readonly kind: Kind;
  readonly base: number;
}

function check(trial: Trial, index: number, answer: Fields): void {
  const { id, steps } = trial.recorded;
  const step = steps[index]!;
  const instead = departures[id]?.answers[index];
  const { actual, expected } = compared(trial, answer, step, instead ?? step.expect);
  expect(actual, `step ${index}, ${step.op}`).toEqual(expected);
  if (instead === undefined) return;
  const recorded = compared(trial, answer, step, step.expect);
  expect(
    isDeepStrictEqual(recorded.actual, recorded.expected),
    `step ${index} is no departure: etcd 3.4.23 gives the same answer`,
  ).toBe(false);
}

/** Both as plain data. */
function compared({ kind, base }: Trial, answer: Fields, step: Step, wanted: Fields): Compared {
  const isEvents = kind === 'model' && step.op.startsWith('watch');
  const look = isEvents ? relevantOfWatch : (fields: Fields) => fields;
  const expected = plain(resolved(look(wanted), base));
  return { actual: rangesMet(relevant(look(answer), step, wanted), expected), expected };
}

/** Hashes, and what they are compared with, were recorded only where they are the same in every run. */
function relevant(answer: Fields, { op }: Step, expected: Fields): unknown {
  if (op !== 'hashKV' || 'error' in answer) return plain(answer);
  const { hash, compact_revision, ...rest } = answer;
  return plain({
    ...rest,
    ...('hash' in expected && { hash }),
    ...('compact_revision' in expected && { compact_revision }),
  });
}
