/** Reads to be asked for: of anything, at revisions around the edges, with every option there is. */
import type { Arbitrary } from 'fast-check';
import * as fc from 'fast-check';
import type { Model } from '../../spec/model.ts';
import type { SortTarget } from '../../spec/types.ts';
import { type Draft, maybeMoment, moment } from './draft.ts';
import { flag, given, keyOrEmpty, maybe, selector } from './vocabulary.ts';

export const get: Arbitrary<Draft> = fc
  .tuple(keyOrEmpty, maybeMoment, flag())
  .map(([key, moment, keysOnly]) => (model: Model) => ({
    op: 'get',
    key,
    ...given({ revision: moment?.(model), keysOnly }),
  }));

const SORT_TARGETS: readonly SortTarget[] = ['key', 'version', 'create', 'mod', 'value'];
const filter = maybe(moment, 8);
export const range: Arbitrary<Draft> = fc
  .tuple(
    selector,
    maybeMoment,
    fc.record({
      keysOnly: flag(),
      reverse: flag(),
      limit: maybe(fc.integer({ min: -1, max: 6 }), 3),
      sort: maybe(fc.constantFrom(...SORT_TARGETS), 2),
    }),
    fc.record({
      minModRevision: filter,
      maxModRevision: filter,
      minCreateRevision: filter,
      maxCreateRevision: filter,
    }),
  )
  .map(([selector, moment, options, filters]) => (model: Model) => {
    const bounds = Object.entries(filters).map(([name, filter]) => [name, filter?.(model)]);
    const revision = moment?.(model);
    return {
      op: 'range',
      selector,
      ...given({ revision, ...options, ...Object.fromEntries(bounds) }),
    };
  });

export const count: Arbitrary<Draft> = fc
  .tuple(selector, maybeMoment)
  .map(([selector, moment]) => (model: Model) => ({
    op: 'count',
    selector,
    ...given({ revision: moment?.(model) }),
  }));
