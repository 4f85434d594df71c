/**
 * Two answers line by line, and within a line word by word: what is the same, and what differs.
 *
 *     should                             does                                row
 *     revision 4, count 2                revision 4, count 1                 changed: 2 / 1
 *       a=1 create 2 mod 2 version 1       a=1 create 2 mod 2 version 1      same
 *       b=1 create 3 mod 3 version 1                                         missing
 */
export interface Part {
  readonly text: string;
  readonly differs: boolean;
}

export interface Row {
  readonly kind: 'same' | 'changed' | 'missing' | 'extra';
  /** Nothing if the line is extra. */
  readonly should: readonly Part[];
  /** Nothing if the line is missing. */
  readonly does: readonly Part[];
}

type Pair = readonly [number, number];

/** Above this many pairs only what begins and ends alike is found: it is enough, and it is quick. */
const PAIRS_MAX = 4_000_000;

export function comparisonOf(should: readonly string[], does: readonly string[]): Row[] {
  return stretches(should, does, commonOf(should, does)).flatMap(({ before, at }) => [
    ...changedRows(before.should, before.does),
    ...(at === undefined ? [] : [sameRow(at.should)]),
  ]);
}

/** Lines of the same key, or of the same kind, stand side by side. */
function changedRows(should: readonly string[], does: readonly string[]): Row[] {
  const pairs = commonOf(should.map(subjectOf), does.map(subjectOf));
  return stretches(should, does, pairs).flatMap(({ before, at }) => [
    ...looseRows(before.should, before.does),
    ...(at === undefined ? [] : [changedRow(at.should, at.does)]),
  ]);
}

/** Heads are about the same thing, indented lines of different keys are not. */
function looseRows(should: readonly string[], does: readonly string[]): Row[] {
  const [s, d] = [should[0], does[0]];
  if (s !== undefined && d !== undefined && !(isIndented(s) && isIndented(d))) {
    return [changedRow(s, d), ...looseRows(should.slice(1), does.slice(1))];
  }
  const missing = should.map(
    (text): Row => ({ kind: 'missing', should: [{ text, differs: true }], does: [] }),
  );
  const extra = does.map(
    (text): Row => ({ kind: 'extra', should: [], does: [{ text, differs: true }] }),
  );
  return [...missing, ...extra];
}

const isIndented = (line: string): boolean => line.startsWith('  ');

/** The key of `a=1 create 2`, the word before the number of `revision 3, deleted 1`. */
function subjectOf(line: string): string {
  return /^\s*(?:\d+ \S+ )?[^\s=]*/.exec(line)![0];
}

function sameRow(text: string): Row {
  const parts = [{ text, differs: false }];
  return { kind: 'same', should: parts, does: parts };
}

function changedRow(should: string, does: string): Row {
  if (should === does) return sameRow(should);
  const [a, b] = [wordsOf(should), wordsOf(does)];
  const pairs = commonOf(a, b);
  const sameIn = (side: 0 | 1): Set<number> => new Set(pairs.map((pair) => pair[side]));
  return { kind: 'changed', should: partsOf(a, sameIn(0)), does: partsOf(b, sameIn(1)) };
}

const wordsOf = (line: string): string[] => line.split(/(\s+|[=,])/).filter((word) => word !== '');

/** What stands between two differing words is part of the difference, or it would be in shreds. */
function partsOf(words: readonly string[], same: ReadonlySet<number>): Part[] {
  const parts: { text: string; differs: boolean }[] = [];
  for (const [i, text] of words.entries()) {
    const isBetween = /^\s+$/.test(text) && i > 0 && !same.has(i - 1) && !same.has(i + 1);
    const differs = !same.has(i) || (isBetween && i + 1 < words.length);
    const last = parts.at(-1);
    if (last?.differs === differs) last.text += text;
    else parts.push({ text, differs });
  }
  return parts;
}

/** A pair, and what stands before it on either side; the last has no pair. */
interface Stretch {
  readonly before: { readonly should: readonly string[]; readonly does: readonly string[] };
  readonly at: { readonly should: string; readonly does: string } | undefined;
}

function stretches(
  should: readonly string[],
  does: readonly string[],
  pairs: readonly Pair[],
): Stretch[] {
  let next: Pair = [0, 0];
  return [...pairs, [should.length, does.length] as const].map(([s, d]) => {
    const before = { should: should.slice(next[0], s), does: does.slice(next[1], d) };
    next = [s + 1, d + 1];
    const isPair = s < should.length && d < does.length;
    return { before, at: isPair ? { should: should[s]!, does: does[d]! } : undefined };
  });
}

/** The longest row of pairs of equals, in order. */
function commonOf(a: readonly string[], b: readonly string[]): Pair[] {
  const shorter = Math.min(a.length, b.length);
  let head = 0;
  while (head < shorter && a[head] === b[head]) head++;
  let tail = 0;
  while (tail < shorter - head && a.at(-1 - tail) === b.at(-1 - tail)) tail++;
  const middle = commonInside(a.slice(head, a.length - tail), b.slice(head, b.length - tail));
  return [
    ...Array.from({ length: head }, (_, i): Pair => [i, i]),
    ...middle.map(([i, j]): Pair => [i + head, j + head]),
    ...Array.from({ length: tail }, (_, i): Pair => [a.length - tail + i, b.length - tail + i]),
  ];
}

function commonInside(a: readonly string[], b: readonly string[]): Pair[] {
  if (a.length * b.length > PAIRS_MAX) return [];
  const width = b.length + 1;
  // How many pairs there are from (i, j) on.
  const lengths = new Uint32Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      const skipping = Math.max(lengths[(i + 1) * width + j]!, lengths[i * width + j + 1]!);
      const taking = a[i] === b[j] ? lengths[(i + 1) * width + j + 1]! + 1 : 0;
      lengths[i * width + j] = Math.max(skipping, taking);
    }
  }
  const pairs: Pair[] = [];
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    if (a[i] === b[j]) pairs.push([i++, j++]);
    else if (lengths[(i + 1) * width + j]! >= lengths[i * width + j + 1]!) i++;
    else j++;
  }
  return pairs;
}
