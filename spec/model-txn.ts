/**
 * Transactions (R60-R74), in three steps: what is wrong with the request (`txn-checks.ts`); which branches
 * are taken, and what is wrong with those, all against the state before; then the steps one by one, each
 * seeing what the ones before it did.
 *
 * As in `model-write.ts`, the list of changes given is a copy that is forgotten if anything is refused.
 */
import { type Change, compareBytes, currentRevision, stateAt } from './history.ts';
import { range, selects } from './model-range.ts';
import { deleteRange, put, type PutRules } from './model-write.ts';
import { compacted, futureRevision, keyNotFound, leaseNotFound } from './refusals.ts';
import { checkTxn, type TxnLimits } from './txn-checks.ts';
import type { Compare, Txn, TxnAnswer } from './txn-types.ts';
import type { Bytes, Delete, KeyValue, Put, Range, Refusal, Response } from './types.ts';

/** A transaction of which it is known which branch it takes. */
interface Path {
  readonly op: 'path';
  readonly succeeded: boolean;
  readonly steps: readonly (Put | Range | Delete | Path)[];
}

export type TxnRules = TxnLimits & PutRules;

export function txn(
  changes: Change[],
  compactRevision: number,
  request: Txn,
  rules: TxnRules,
): TxnAnswer | Refusal {
  const refused = checkTxn(request, rules);
  if (refused !== undefined) return refused;
  const current = currentRevision(changes);
  const state = stateAt(changes, current);
  const path = pathOf(request, state);
  const open = { changes, current, compactRevision, rules };
  return checkPath(path, state, open) ?? take(path, open);
}

/** R61: the compares of nested transactions, too, see the state before the outermost one. */
function pathOf(request: Txn, state: readonly KeyValue[]): Path {
  const succeeded = request.if.every((compare) => holds(compare, state));
  const steps = succeeded ? request.then : request.else;
  return {
    op: 'path',
    succeeded,
    steps: steps.map((step) => (step.op === 'txn' ? pathOf(step, state) : step)),
  };
}

/** R62-R64: for every key selected; a missing one compares as 0, and never by value. */
function holds(
  { selector, target, result, operand }: Compare,
  state: readonly KeyValue[],
): boolean {
  const selected = state.filter(({ key }) => selects(selector, key));
  if (selected.length === 0 && target === 'value') return false;
  const stored = selected.length === 0 ? [target === 'lease' ? 0n : 0] : selected.map(fieldOf);
  return stored.every((field) => {
    const order = compareFields(field, operand);
    return { '=': order === 0, '!=': order !== 0, '>': order > 0, '<': order < 0 }[result];
  });

  function fieldOf(kv: KeyValue): Bytes | number | bigint {
    if (target === 'create') return kv.createRevision;
    if (target === 'mod') return kv.modRevision;
    return kv[target];
  }
}

function compareFields(a: Bytes | number | bigint, b: Bytes | number | bigint): number {
  if (typeof a === 'string' && typeof b === 'string') return compareBytes(a, b);
  return a < b ? -1 : a > b ? 1 : 0;
}

/** R69: on the path taken, first all puts, then all ranges. */
function checkPath(
  path: Path,
  state: readonly KeyValue[],
  { current, compactRevision, rules }: Open,
): Refusal | undefined {
  const steps = flat(path);
  for (const step of steps) {
    if (step.op !== 'put') continue;
    const ignores = step.ignoreValue === true || step.ignoreLease === true;
    if (ignores && !state.some(({ key }) => key === step.key)) return keyNotFound;
    const { lease = 0n } = step;
    if (lease !== 0n && !rules.hasLease(lease)) return leaseNotFound;
  }
  for (const step of steps) {
    if (step.op !== 'range') continue;
    const { revision = 0 } = step;
    if (revision > current) return futureRevision;
    // R70: a negative revision is taken at its word here.
    if (revision !== 0 && revision < compactRevision) return compacted(compactRevision);
  }
  return undefined;
}

function flat({ steps }: Path): (Put | Range | Delete)[] {
  return steps.flatMap((step) => (step.op === 'path' ? flat(step) : [step]));
}

interface Open {
  readonly changes: Change[];
  /** The revision before the transaction. */
  readonly current: number;
  readonly compactRevision: number;
  readonly rules: TxnRules;
}

function take(path: Path, open: Open): TxnAnswer | Refusal {
  const responses: Response[] = [];
  for (const step of path.steps) {
    const response = step.op === 'path' ? take(step, open) : perform(step, open);
    if (response.kind === 'refused') return response;
    responses.push(response.kind === 'txn' ? { ...response, revision: 0 } : response);
  }
  const revision = currentRevision(open.changes);
  return { kind: 'txn', succeeded: path.succeeded, revision, responses };
}

/** R71, R72: the revision answered is the new one as soon as anything has changed. */
function perform(step: Put | Range | Delete, open: Open): Response {
  const { changes, current, compactRevision, rules } = open;
  if (step.op === 'range') {
    const { selector, ...options } = step;
    return range(changes, selector, options, { from: compactRevision, futureFrom: current + 1 });
  }
  const effect =
    step.op === 'put'
      ? put(changes, current + 1, step, rules)
      : deleteRange(changes, current + 1, step);
  if ('kind' in effect) return effect;
  const revision = currentRevision(changes);
  const before = step.prevKv === true ? effect.before : [];
  if (step.op === 'put') return { kind: 'put', revision, prevKv: before.at(0) };
  return { kind: 'delete', revision, deleted: effect.before.length, prevKvs: before };
}
