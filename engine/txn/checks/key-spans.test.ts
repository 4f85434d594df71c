/** Against a list of the same keys and spans, looked through one by one. */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { KeySpans } from './key-spans.ts';

type Span = readonly [key: string, end?: string | undefined];

const KEYS = ['a', 'aa', 'b', 'bb', 'c', 'd', 'e', 'f', 'g', 'h'];
const key = fc.constantFrom(...KEYS);
const span: fc.Arbitrary<Span> = fc.tuple(key, fc.option(key, { nil: undefined }));
const spans = fc.array(span, { maxLength: 12 });

function spansOf(list: readonly Span[]): KeySpans {
  const made = new KeySpans();
  for (const [start, end] of list) {
    if (end === undefined) made.addKey(start);
    else made.addSpan(start, end);
  }
  return made;
}

const covers = ([start, end]: Span, wanted: string): boolean =>
  end === undefined ? wanted === start : wanted >= start && wanted < end;

test('holds the keys that any of its spans does, however they overlap', () => {
  fc.assert(
    fc.property(spans, spans, (list, more) => {
      const made = spansOf(list);
      made.addAll(spansOf(more));
      const held = KEYS.filter((wanted) => made.has(wanted));
      const all = [...list, ...more];
      expect(held).toEqual(KEYS.filter((wanted) => all.some((one) => covers(one, wanted))));
    }),
    { numRuns: 1000 },
  );
});
