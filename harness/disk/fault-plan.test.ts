/** A fault plan and its text are two forms of one thing, and a text that is none says where and why. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  CALL_KINDS,
  type CallFault,
  CALLS_OF,
  DISK_ERROR_CODES,
  type Effect,
  type Fault,
  printFaultPlan,
} from './fault-plan.ts';
import { FaultPlanError, parseFaultPlan } from './fault-plan-parser.ts';

const nat = fc.nat({ max: 1_000_000 });
const code = fc.constantFrom(...DISK_ERROR_CODES);
const effect: fc.Arbitrary<Effect> = fc.oneof(
  code.map((code): Effect => ({ does: 'fail', code })),
  fc.tuple(nat, code).map(([bytes, code]): Effect => ({ does: 'cut', bytes, code })),
  fc.constantFrom<Effect>({ does: 'lost' }, { does: 'lie' }),
  fc.integer({ min: -9000, max: 9000 }).map((by): Effect => ({ does: 'shift', by })),
  fc.integer({ min: -9000, max: 9000 }).map((ms): Effect => ({ does: 'clock', ms })),
  nat.map((bytes): Effect => ({ does: 'short', bytes })),
  nat.map((bit): Effect => ({ does: 'flip', bit })),
  nat.map((bit): Effect => ({ does: 'rot', bit })),
  nat.map((turns): Effect => ({ does: 'slow', turns })),
);
const callFault: fc.Arbitrary<CallFault> = effect.chain((effect) =>
  fc.record(
    {
      about: fc.constantFrom(...(CALLS_OF[effect.does] ?? [...CALL_KINDS, 'call' as const])),
      from: nat.map((n) => n + 1),
      forever: fc.boolean(),
      files: fc.constantFrom('*.seg', 'MANIFEST*', 'LOCK', '0000000001.seg'),
      effect: fc.constant(effect),
    },
    { requiredKeys: ['about', 'from', 'forever', 'effect'] },
  ),
);
const fault: fc.Arbitrary<Fault> = fc.oneof(
  { weight: 9, arbitrary: callFault },
  { weight: 1, arbitrary: nat.map((bytes): Fault => ({ about: 'space', bytes })) },
);

test('what is printed is read back as it was, and has no blanks', () => {
  fc.assert(
    fc.property(fc.array(fault, { maxLength: 5 }), (plan) => {
      const text = printFaultPlan(plan);
      expect(text).not.toMatch(/\s/);
      expect(parseFaultPlan(text)).toEqual(plan);
    }),
  );
});

test.each([
  ['', []],
  [
    ' write:3=EIO, sync:2+=lie ',
    [
      { about: 'write', from: 3, forever: false, effect: { does: 'fail', code: 'EIO' } },
      { about: 'sync', from: 2, forever: true, effect: { does: 'lie' } },
    ],
  ],
  [
    'read:5@*.seg=flip:17',
    [
      {
        about: 'read',
        from: 5,
        forever: false,
        files: '*.seg',
        effect: { does: 'flip', bit: 17 },
      },
    ],
  ],
  ['space=8192', [{ about: 'space', bytes: 8192 }]],
])('%j is read', (text, plan) => {
  expect(parseFaultPlan(text)).toEqual(plan);
});

describe('what is no plan is refused with its place', () => {
  test.each([
    ['wrote:3=EIO', 0, 'wrote', 'syncdir'],
    ['write=EIO', 5, '=', '":"'],
    ['write:0=EIO', 6, '0', 'a whole number of at least 1'],
    ['write:3=EFOO', 8, 'EFOO', 'ENOSPC'],
    ['read:3=lost', 7, 'lost', 'flip'],
    ['write:3=cut:100', 15, 'the end', '":"'],
    ['write:3=shift:x', 14, 'x', 'a whole number of at least 0'],
    ['read:3@=EIO', 7, '=', 'a name with * for anything'],
    ['write:3=EIO read:1=EIO', 12, 'read', '","'],
    ['write:3=EIO,', 12, 'the end', 'space'],
    ['sync:1=slow:1234567890123456', 12, '1234567890123456', 'a whole number of at least 0'],
  ])('%s', (text, position, found, allowed) => {
    const thrown = thrownBy(() => parseFaultPlan(text));
    expect(thrown).toBeInstanceOf(FaultPlanError);
    const error = thrown as FaultPlanError;
    expect(error.position).toBe(position);
    expect(error.allowed).toContain(allowed);
    expect(error.message).toContain(`found ${found}, allowed are `);
  });

  test('an effect is offered only where it can happen', () => {
    const { allowed } = thrownBy(() => parseFaultPlan('list:1=')) as FaultPlanError;
    expect(allowed).toEqual([...DISK_ERROR_CODES, 'clock']);
  });
});

function thrownBy(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  return undefined;
}
