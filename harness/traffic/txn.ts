/**
 * Transactions to be asked for: of few keys, so that steps meet; about half of the compares hold; every
 * now and then one is refused, for whatever reason there is (R60-R70).
 */
import type { Arbitrary } from 'fast-check';
import * as fc from 'fast-check';
import type { Model } from '../../spec/model.ts';
import type { Compare, CompareTarget, Relation, Txn, TxnStep } from '../../spec/txn-types.ts';
import type { Selector } from '../../spec/types.ts';
import { type Draft, moment, now } from './draft.ts';
import { attachment, chosen } from './leases.ts';
import { flag, given, keyOrEmpty, maybe, selector, value } from './vocabulary.ts';

/** So that "too many" comes cheap. */
export const TXN_OPS_MAX = 8;

/** `written`: a key that the transaction has put before. */
type StepDraft = (model: Model, written?: Selector) => TxnStep;

/** Mostly different ones: a duplicate is refused. */
const key = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom('a', 'b', 'ab', 'abc', 'c', 'd', 'e', 'f', 'b\xff') },
  { weight: 1, arbitrary: keyOrEmpty },
);
const oneKey = key.map((key): Selector => ({ key }));
const few: Arbitrary<Selector> = fc.oneof(
  { weight: 5, arbitrary: oneKey },
  { weight: 2, arbitrary: fc.constantFrom<Selector>({ prefix: 'a' }, { gte: 'b', lt: 'd' }) },
  // Not looked at by the check for duplicates (R67).
  { weight: 2, arbitrary: fc.constantFrom<Selector>({ gte: 'b' }, { all: true }, { gt: 'ab' }) },
  { weight: 1, arbitrary: selector },
);

const put: Arbitrary<StepDraft> = fc
  .record({
    key,
    value,
    lease: attachment,
    prevKv: flag(),
    ignoreValue: flag(12),
    ignoreLease: flag(12),
  })
  .map(({ key, value, lease, ignoreValue, ...options }) => (model: Model) => ({
    op: 'put',
    key,
    value: ignoreValue === true ? '' : value,
    ...given({ ...options, ignoreValue, lease: chosen(lease, model) }),
  }));
const remove: Arbitrary<StepDraft> = fc.tuple(few, flag()).map(([selector, prevKv]) => () => ({
  op: 'delete',
  selector,
  ...given({ prevKv }),
}));
const range: Arbitrary<StepDraft> = fc
  .tuple(few, maybe(moment, 4), flag(), maybe(fc.integer({ min: 0, max: 3 }), 4))
  .map(([selector, moment, keysOnly, limit]) => (model: Model) => ({
    op: 'range',
    selector,
    ...given({ revision: moment?.(model), keysOnly, limit }),
  }));

const TARGETS: readonly CompareTarget[] = ['value', 'version', 'create', 'mod', 'lease'];
const RELATIONS: readonly Relation[] = ['=', '=', '!=', '>', '<'];
/** About these keys, or about those given. */
type CompareDraft = (model: Model, about?: Selector) => Compare;
const compare: Arbitrary<CompareDraft> = fc
  .record({
    selector: few,
    target: fc.constantFrom(...TARGETS),
    result: fc.constantFrom(...RELATIONS),
    offset: fc.constantFrom(0, 0, 0, 1, -1),
    of: maybe(fc.constantFrom('create', 'mod'), 6),
    value,
  })
  .map(
    ({ selector: own, target, result, offset, of, value }) =>
      (model: Model, about?: Selector) => {
        const selector = about ?? own;
        const kv = 'key' in selector ? now(model, selector.key) : undefined;
        const numbers = { version: kv?.version, create: kv?.createRevision, mod: kv?.modRevision };
        const operand =
          target === 'value'
            ? offset === 0 && kv !== undefined
              ? kv.value
              : value
            : target === 'lease'
              ? (kv?.lease ?? 0n) + BigInt(offset)
              : // One number for another would pass while a key is new.
                (numbers[of ?? target] ?? 0) + offset;
        return { selector, target, result, operand };
      },
  );

/** How deep they nest at most. */
const DEPTH_MAX = 2;

function txnOf(depth: number): Arbitrary<(model: Model, written?: Selector) => Txn> {
  const step: Arbitrary<StepDraft> = fc.oneof(
    { weight: 6, arbitrary: put },
    { weight: 2, arbitrary: remove },
    { weight: 3, arbitrary: range },
    ...(depth < DEPTH_MAX ? [{ weight: 3, arbitrary: txnOf(depth + 1) }] : []),
  );
  const list = (most: number): Arbitrary<StepDraft[]> =>
    fc.oneof(
      { weight: 60, arbitrary: fc.array(step, { maxLength: most }) },
      { weight: 1, arbitrary: fc.array(range, { minLength: TXN_OPS_MAX, maxLength: 10 }) },
    );
  return fc
    .tuple(fc.array(compare, { maxLength: 2 }), list(4), list(2), fc.boolean())
    .map(([compares, then, otherwise, isGuard]) => (model: Model, written?: Selector) => {
      const steps = inTurn(then, model);
      // What is compared is mostly what is then written, or what was just before.
      const about = isGuard ? (written ?? putBy(steps[0])) : undefined;
      return {
        op: 'txn',
        if: compares.map((draft) => draft(model, about)),
        then: steps,
        else: inTurn(otherwise, model),
      };
    });
}

function inTurn(drafts: readonly StepDraft[], model: Model): TxnStep[] {
  let written: Selector | undefined;
  return drafts.map((draft) => {
    const step = draft(model, written);
    written = putBy(step) ?? written;
    return step;
  });
}

function putBy(step: TxnStep | undefined): Selector | undefined {
  return step?.op === 'put' && step.key !== '' ? { key: step.key } : undefined;
}

/** The outermost one has nothing written before it, whatever else its caller may pass on. */
export const txn: Arbitrary<Draft> = txnOf(0).map((draft) => (model) => draft(model));
