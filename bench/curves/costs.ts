/** What the curves are of: the shapes that stores grow in, and the costs that are followed. */
import type { Contents } from '../children/contents.ts';
import type { OperationCosts } from '../children/operations.ts';

export interface Shape {
  readonly name: string;
  readonly contents: (revisions: number) => Contents;
}

const FEW_KEYS = 1000;

/** Both are the same at 10 000 revisions. */
export const SHAPES: readonly Shape[] = [
  {
    name: 'ten revisions a key',
    contents: (revisions) => ({ keys: Math.ceil(revisions / 10), revisions }),
  },
  {
    name: `${FEW_KEYS} keys, ever longer history`,
    contents: (revisions) => ({ keys: Math.min(FEW_KEYS, Math.ceil(revisions / 10)), revisions }),
  },
];

/** All costs of one store. */
export interface Point extends OperationCosts {
  readonly revisions: number;
  readonly openCleanMs: number;
  readonly openKilledMs: number;
  readonly compactMs: number;
  readonly memoryBytes: number;
  readonly diskBytes: number;
}

export interface Cost {
  readonly name: string;
  readonly title: string;
  readonly unit: string;
  readonly of: (point: Point) => number;
  /** The cost may grow with this power of the number of revisions. */
  readonly exponentMax: number;
  /** Part of it is the same for every store, and most of a small one's. */
  readonly hasFixedPart?: boolean;
}

/** The logarithm of the number grows as its 0.1th power here; caches that no longer hold all do the rest. */
const LOOK_UP = 0.3;
const WHOLE_STORE = 1.1;
const PER_REVISION = 0.1;

export const COSTS: readonly Cost[] = [
  { name: 'put', title: 'put', unit: 'µs', of: (p) => p.put / 1000, exponentMax: LOOK_UP },
  { name: 'get', title: 'get', unit: 'µs', of: (p) => p.get / 1000, exponentMax: LOOK_UP },
  {
    name: 'get-past',
    title: 'get at a past revision',
    unit: 'µs',
    of: (p) => p.getPast / 1000,
    exponentMax: LOOK_UP,
  },
  {
    name: 'range',
    title: 'range of 100 keys',
    unit: 'µs',
    of: (p) => p.range / 1000,
    exponentMax: LOOK_UP,
  },
  {
    name: 'open-clean',
    title: 'open after a clean close',
    unit: 'ms',
    of: (p) => p.openCleanMs,
    exponentMax: WHOLE_STORE,
    hasFixedPart: true,
  },
  {
    name: 'open-killed',
    title: 'open after a kill, no checkpoint',
    unit: 'ms',
    of: (p) => p.openKilledMs,
    exponentMax: WHOLE_STORE,
    hasFixedPart: true,
  },
  {
    name: 'compact',
    title: 'compaction of everything',
    unit: 'ms',
    of: (p) => p.compactMs,
    exponentMax: WHOLE_STORE,
    hasFixedPart: true,
  },
  {
    name: 'memory',
    title: 'memory a revision',
    unit: 'bytes',
    of: (p) => p.memoryBytes / p.revisions,
    exponentMax: PER_REVISION,
    hasFixedPart: true,
  },
  {
    name: 'disk',
    title: 'disk a revision',
    unit: 'bytes',
    of: (p) => p.diskBytes / p.revisions,
    exponentMax: PER_REVISION,
    hasFixedPart: true,
  },
];

/** The points of one shape, from small to large. */
export interface Curve {
  readonly shape: Shape;
  readonly points: readonly Point[];
}

const LARGEST = 10_000_000;

/** 10 000, 30 000, 100 000, … and what of them is left out. For tests it begins lower. */
export function sizesUpTo(most: number): {
  readonly sizes: readonly number[];
  readonly leftOut: readonly number[];
} {
  const all: number[] = [];
  for (let size = most < 30_000 ? most / 10 : 10_000; size <= LARGEST; size *= 10) {
    all.push(size, size * 3);
  }
  const possible = all.filter((size) => size <= LARGEST);
  return {
    sizes: possible.filter((size) => size <= most),
    leftOut: possible.filter((size) => size > most),
  };
}
