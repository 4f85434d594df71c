import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { IntervalTree } from './interval-tree.ts';

interface Range {
  readonly low: string;
  readonly high: string;
}

const key = fc.string({
  minLength: 0,
  maxLength: 3,
  unit: fc.constantFrom('a', 'b', '\0', '\xff'),
});
const range = fc
  .tuple(key, key)
  .filter(([a, b]) => a !== b)
  .map(([a, b]): Range => (a < b ? { low: a, high: b } : { low: b, high: a }));

/** A generator that repeats itself: how even it is matters to speed only. */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

describe('interval tree', () => {
  test('a stab finds the ranges that hold the key, as a walk over all of them does', () => {
    const steps = fc.array(fc.record({ adds: fc.boolean(), range, key }), { maxLength: 60 });
    fc.assert(
      fc.property(steps, fc.nat(), (program, seed) => {
        const tree = new IntervalTree<Range>(randomFrom(seed));
        const model: Range[] = [];
        for (const step of program) {
          const { low, high } = step.range;
          const at = model.findIndex((known) => known.low === low && known.high === high);
          expect(tree.get(low, high)).toBe(model[at]);
          if (step.adds && at < 0) {
            tree.insert(low, high, step.range);
            model.push(step.range);
          } else if (!step.adds) {
            expect(tree.delete(low, high)).toBe(at >= 0);
            if (at >= 0) model.splice(at, 1);
          }
          const found: Range[] = [];
          tree.stab(step.key, found);
          const expected = model.filter((known) => known.low <= step.key && step.key < known.high);
          expect(new Set(found)).toEqual(new Set(expected));
          expect([found.length, tree.size]).toEqual([expected.length, model.length]);
        }
      }),
      { numRuns: 300 },
    );
  });

  test('ranges in ascending order do not make a list of it', () => {
    const tree = new IntervalTree<number>(randomFrom(7));
    for (let i = 0; i < 20_000; i++) {
      const low = i.toString(36).padStart(4, '0');
      tree.insert(low, `${low}~`, i);
    }
    // A list would be too deep for the stack.
    const found: number[] = [];
    tree.stab(`${(19_999).toString(36).padStart(4, '0')}x`, found);
    expect(found).toEqual([19_999]);
  });
});
