/** Every recorded case that can be asked of a store in this process, in memory and in a directory. */
import { isDeepStrictEqual } from 'node:util';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { departures } from './departures.ts';
import {
  type Fields,
  plain,
  type RecordedCase,
  recordedCases,
  resolved,
  type Step,
} from './recorded.ts';
import { type Kind, Subject, understands } from './subject.ts';

const GROUPS = ['REV', 'KEY', 'RANGE', 'PUT', 'DEL', 'TXN', 'COMPACT', 'HASH'];

/** Cases about what exists on the wire only. */
const WIRE: Readonly<Record<string, string>> = {
  'PUT-023': 'the wire: gRPC limits messages',
  'RANGE-032': 'the wire: this API has no order of none, which cuts before it sorts (R29)',
  'TXN-112': 'the wire: numbers that stand for no target (R65)',
  'TXN-113': 'the wire: numbers that stand for no result (R65)',
  'TXN-114': 'the wire: numbers that stand for no result (R65)',
};

const COUNTS: Readonly<Record<Kind, object>> = {
  memory: {
    run: 161,
    'needs leases': 10,
    'needs watches': 3,
    'needs restart': 2,
    'needs kill': 2,
    'the wire': 5,
  },
  directory: { run: 165, 'needs leases': 10, 'needs watches': 3, 'the wire': 5 },
};

const cases = recordedCases.filter(({ group }) => GROUPS.includes(group));

/** Why a case is left out; undefined if it is not. */
function reasonToSkip({ id, steps }: RecordedCase, kind: Kind): string | undefined {
  if (WIRE[id] !== undefined) return WIRE[id];
  const strange = steps.find(({ op }) => !understands(kind, op))?.op;
  if (strange === undefined) return undefined;
  if (strange.startsWith('lease')) return 'needs leases';
  if (strange.startsWith('watch')) return 'needs watches';
  return `needs ${strange}`;
}

const kinds: Kind[] = ['memory', 'directory'];

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
  const strays = Object.entries(departures).filter(
    ([id, { step }]) => running.find((recorded) => recorded.id === id)?.steps[step] === undefined,
  );
  expect(strays).toEqual([]);
});

async function run(recorded: RecordedCase, kind: Kind): Promise<void> {
  const subject = await Subject.open(kind);
  try {
    if (!recorded.fresh) {
      await subject.ask('put', { key: 'was here', value: 'before' });
      await subject.ask('deleteRange', { key: 'was here' });
    }
    const base = subject.revision;
    const hashes = new Map<string, unknown>();
    for (const [index, step] of recorded.steps.entries()) {
      if (step.ms !== undefined) await sleep(step.ms);
      else check(recorded, index, await ask(subject, step, base, hashes), base);
    }
  } finally {
    await subject.close();
  }
}

/** The answer with those of its fields that were recorded. */
async function ask(
  subject: Subject,
  step: Step,
  base: number,
  hashes: Map<string, unknown>,
): Promise<Fields> {
  const answer = await subject.ask(step.op, resolved(step.req ?? {}, base) as Fields);
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

function check({ id, steps }: RecordedCase, index: number, answer: Fields, base: number): void {
  const step = steps[index]!;
  const departure = departures[id]?.step === index ? departures[id] : undefined;
  const expected = departure?.answer ?? step.expect;
  expect(relevant(answer, step, expected), `step ${index}, ${step.op}`).toEqual(
    plain(resolved(expected, base)),
  );
  if (departure === undefined) return;
  const isAsRecorded = isDeepStrictEqual(
    relevant(answer, step, step.expect),
    plain(resolved(step.expect, base)),
  );
  expect(isAsRecorded, `step ${index} is no departure: etcd 3.4.23 gives the same answer`).toBe(
    false,
  );
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
