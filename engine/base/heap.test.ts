/** The heap against a sorted array. */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { Heap } from './heap.ts';

type Step =
  | { readonly does: 'push' | 'replace'; readonly priority: number }
  | { readonly does: 'pop' | 'filter' };

const priority = fc.integer({ min: 0, max: 20 });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ does: fc.constant('push' as const), priority }) },
  { weight: 2, arbitrary: fc.record({ does: fc.constant('replace' as const), priority }) },
  { weight: 2, arbitrary: fc.record({ does: fc.constant('pop' as const) }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('filter' as const) }) },
);

test('the top is always the smallest, whatever was pushed, popped, replaced or dropped', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const heap = new Heap<number>();
      // Priorities by item: items are numbered as they come.
      const model = new Map<number, number>();
      let items = 0;
      for (const at of steps) {
        if (at.does === 'push') {
          heap.push(at.priority, items);
          model.set(items++, at.priority);
        } else if (at.does === 'filter') {
          heap.filter((item) => item % 2 === 0);
          for (const item of model.keys()) if (item % 2 === 1) model.delete(item);
        } else if (heap.size > 0 && at.does === 'replace') {
          model.set(heap.top, at.priority);
          heap.replaceTop(at.priority);
        } else if (heap.size > 0) {
          model.delete(heap.pop());
        }
        expect(heap.size).toBe(model.size);
        expect(heap.topPriority).toBe(Math.min(...model.values()));
        if (heap.size > 0) expect(model.get(heap.top)).toBe(heap.topPriority);
      }
      const left = [...model.values()].sort((a, b) => a - b);
      expect(left.map(() => model.get(heap.pop()))).toEqual(left);
      expect(heap.size).toBe(0);
    }),
  );
});

test('an empty heap has no top, and no priority is NaN', () => {
  const heap = new Heap<string>();
  expect(heap.topPriority).toBe(Number.POSITIVE_INFINITY);
  expect(() => heap.pop()).toThrow('no top');
  expect(() => heap.push(Number.NaN, 'a')).toThrow('a priority is a number');
});
