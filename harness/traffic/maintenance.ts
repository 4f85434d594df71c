/** Compaction, cleaning, hashes, the past and snapshots to be asked for, at every moment of a history. */
import type { Arbitrary } from 'fast-check';
import * as fc from 'fast-check';
import type { Model } from '../../spec/model.ts';
import type { Operation } from '../../spec/types.ts';
import { type Draft, maybeMoment, moment } from './draft.ts';
import { flag, given, keyOrEmpty, selector } from './vocabulary.ts';

/** One that waits for the records to go would wait for ever while a snapshot reads below it. */
export function isHeld({ snapshots }: Model, revision: number): boolean {
  return [...snapshots.values()].some((held) => held < revision);
}

export const compact: Arbitrary<Draft> = fc
  .tuple(
    fc.oneof(
      { weight: 4, arbitrary: moment },
      // Most of the range in one go is refused soon; a little at a time is not.
      {
        weight: 4,
        arbitrary: fc.integer({ min: 1, max: 6 }).map(
          (offset) =>
            ({ revision, compactRevision }: Model) =>
              Math.min(revision, compactRevision + offset),
        ),
      },
    ),
    flag(2),
  )
  .map(([moment, physical]) => (model: Model) => {
    const revision = moment(model);
    const waits = physical === true && !isHeld(model, revision);
    return { op: 'compact', revision, ...(waits && { physical }) };
  });

export const hashKv: Arbitrary<Draft> = maybeMoment.map((moment) => (model: Model) => ({
  op: 'hashkv',
  ...given({ revision: moment?.(model) }),
}));

/** What is before the beginning is not asked for here: `history` and `diff` have no such revision. */
const positive = (moment: ((model: Model) => number) | undefined, model: Model, least: number) =>
  moment === undefined ? undefined : Math.max(least, moment(model));

export const history: Arbitrary<Draft> = fc
  .tuple(selector, maybeMoment, maybeMoment)
  .map(([selector, from, to]) => (model: Model) => ({
    op: 'history',
    selector,
    ...given({ from: positive(from, model, 0), to: positive(to, model, 0) }),
  }));

export const diff: Arbitrary<Draft> = fc
  .tuple(selector, moment, maybeMoment)
  .map(([selector, from, to]) => (model: Model) => ({
    op: 'diff',
    selector,
    from: positive(from, model, 0)!,
    ...given({ to: positive(to, model, 0) }),
  }));

const name = fc.constantFrom('s', 't', 'u');
const inSnapshot = fc
  .tuple(name, keyOrEmpty, selector, fc.integer({ min: 0, max: 3 }))
  .map(([name, key, selector, kind]): Operation => {
    if (kind === 0) return { op: 'in', name, read: { op: 'get', key } };
    if (kind === 1) return { op: 'in', name, read: { op: 'count', selector } };
    return { op: 'in', name, read: { op: 'range', selector } };
  });

/** Taken if there is none of this name, then read or released. */
export const snapshot: Arbitrary<Draft> = fc
  .tuple(inSnapshot, maybeMoment, flag(6))
  .map(([read, moment, release]) => (model: Model) => {
    const { name } = read as Operation & { op: 'in' };
    if (!model.snapshots.has(name)) {
      return { op: 'snapshot', name, ...given({ revision: positive(moment, model, 1) }) };
    }
    return release === true ? { op: 'release', name } : read;
  });

export const defragment: Arbitrary<Draft> = fc.constant(() => ({ op: 'defragment' }));
