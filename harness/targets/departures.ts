/**
 * Where etcd 3.4.23 answers differently on purpose, as `docs/differences.md` lists it: each departure sees whether
 * a question is one of those, and says what is asked in its place. Nothing else may differ. The old answers
 * themselves are asserted by the recorded cases.
 *
 * Below those are limits of comparing: what depends on a clock that nobody moves, and what the rules leave open.
 */
import { anything, type Circumstances, type Instead } from '../conformance/instead.ts';
import { stateAt } from '../../spec/history.ts';
import type { Model } from '../../spec/model.ts';
import { tooManyOps } from '../../spec/refusals.ts';
import { checkTxn, type TxnLimits } from '../../spec/txn-checks.ts';
import type { Txn, TxnStep } from '../../spec/txn-types.ts';
import type { Operation, Selector } from '../../spec/types.ts';
import { TXN_OPS_MAX } from '../traffic/txn.ts';

interface Departure {
  readonly rule: string;
  /** Undefined: it is no such question. */
  instead(operation: Operation, circumstances: Circumstances): Operation | undefined;
}

/** Always answered the same way, and cheaply. */
const HARMLESS: Operation = { op: 'count', selector: { all: true } };

/**
 * R83, R88, R99: a compaction at a tombstone takes it away, and so from whoever watches and is behind. Without
 * watches nobody can tell. What is under way may put a tombstone anywhere above what is settled.
 */
const compactionAtTombstone: Departure = {
  rule: 'R83',
  instead(operation, { now, settled, isWatched }) {
    if (operation.op !== 'compact' || !isWatched) return undefined;
    let { revision } = operation;
    const isMoving = now !== settled;
    if (isMoving) revision = Math.min(revision, settled.revision);
    while (hasTombstone(now, revision)) revision--;
    return revision === operation.revision ? undefined : { ...operation, revision };
  },
};

/** R83, R99: whoever begins at the compacted revision does not see its tombstones. */
const watchFromTombstone: Departure = {
  rule: 'R99',
  instead(operation, { now }) {
    if (operation.op !== 'watch' || operation.from === undefined) return undefined;
    const from = startOf(operation.from, now);
    return from === operation.from ? undefined : { ...operation, from };
  },
};

function startOf(start: number, model: Model): number {
  // R98: from before the beginning.
  if (start < 0) return 0;
  const isThere = start === model.compactRevision && hasTombstone(model, start);
  return isThere ? start + 1 : start;
}

const hasTombstone = ({ changes }: Model, revision: number): boolean =>
  changes.some((change) => change.revision === revision && change.type === 'delete');

/**
 * R140, R145a: the hash of the compacted revision itself is refused. While other things are under way, one of
 * them may compact just there.
 */
const hashAtCompacted: Departure = {
  rule: 'R140',
  instead(operation, { now, settled }) {
    if (operation.op !== 'hashkv') return undefined;
    if (now !== settled) return HARMLESS;
    const { revision = 0 } = operation;
    return revision > 0 && revision === now.compactRevision ? { op: 'hashkv' } : undefined;
  },
};

/**
 * R68: a delete of every key from one on, and a put that keeps what its key has, in one transaction: it may bring
 * the server down.
 */
const hostileTxn: Departure = {
  rule: 'R68',
  instead(operation) {
    if (operation.op !== 'txn') return undefined;
    const steps = allSteps(operation);
    const keeps = steps.some(
      (step) => step.op === 'put' && (step.ignoreValue === true || step.ignoreLease === true),
    );
    const isHostile = keeps && steps.some(({ op, ...rest }) => op === 'delete' && isOpen(rest));
    return isHostile ? HARMLESS : undefined;
  },
};

function allSteps(txn: Txn): Exclude<TxnStep, Txn>[] {
  return [...txn.then, ...txn.else].flatMap((step) =>
    step.op === 'txn' ? allSteps(step) : [step],
  );
}

/** It goes on for ever upwards, or may: the end of a prefix of ff bytes is none. */
function isOpen(step: object): boolean {
  const { selector } = step as { readonly selector: Selector };
  if ('all' in selector) return true;
  if ('prefix' in selector) return /^\xff*$/.test(selector.prefix);
  return !('key' in selector) && !('lt' in selector) && !('lte' in selector);
}

/** R99: what a compaction took is gone for watches and hashes only when it was committed, too. */
const compactionIsPhysical: Departure = {
  rule: 'R99',
  instead: (operation) =>
    operation.op === 'compact' && operation.physical !== true
      ? { ...operation, physical: true }
      : undefined,
};

/** R121, R125: nobody moves this clock, so no lease may end while a program runs. */
const leaseIsLong: Departure = {
  rule: 'R125',
  instead(operation) {
    if (operation.op !== 'grant' || operation.ttl > LONG_SECONDS) return undefined;
    return { ...operation, ttl: LONG_SECONDS + Math.max(operation.ttl, 1) };
  },
};

const LONG_SECONDS = 1000;

/** R28: results that tie come in any order from twelve keys on. While others write there may be more of them. */
const sortMayTie: Departure = {
  rule: 'R28',
  instead(operation, { now, settled }) {
    if (operation.op !== 'range' || (operation.sort ?? 'key') === 'key') return undefined;
    const { revision = 0 } = operation;
    const at = revision > 0 ? Math.min(revision, now.revision) : now.revision;
    const isFew = stateAt(now.changes, at).length <= STABLE_KEYS_MAX;
    if (isFew && now === settled) return undefined;
    return { ...operation, sort: 'key' };
  },
};

const STABLE_KEYS_MAX = 12;

/**
 * R60: of a transaction that breaks two rules a client that does not know the server's limit says which one it
 * knows of, and the server never sees it.
 */
const refusedByClient: Departure = {
  rule: 'R60',
  instead(operation) {
    if (operation.op !== 'txn' || checkTxn(operation, SMALL) !== tooManyOps) return undefined;
    return checkTxn(operation, ENDLESS) === undefined ? undefined : HARMLESS;
  },
};

/**
 * R40: of a put with an unknown lease that keeps the value of a key which is not there, etcd says one thing of a
 * plain put and the other of one in a transaction, which over the wire is what a condition makes of it.
 */
const conditionalPut: Departure = {
  rule: 'R40',
  instead(operation) {
    if (operation.op !== 'put' || operation.ignoreValue !== true) return undefined;
    const { ifModRevision, ...plain } = operation;
    return ifModRevision === undefined || plain.lease === undefined ? undefined : plain;
  },
};

const ENDLESS: TxnLimits = {
  opsMax: Number.POSITIVE_INFINITY,
  requestBytesMax: Number.POSITIVE_INFINITY,
};
const SMALL: TxnLimits = { ...ENDLESS, opsMax: TXN_OPS_MAX };

/** R62: what is compared with goes over the wire as an int64, and the largest lease has no successor there. */
const operandTooLarge: Departure = {
  rule: 'R62',
  instead: (operation) =>
    operation.op === 'txn' && hasLargeOperand(operation) ? HARMLESS : undefined,
};

const hasLargeOperand = (txn: Txn): boolean =>
  txn.if.some(
    ({ operand }) => typeof operand === 'bigint' && BigInt.asIntN(64, operand) !== operand,
  ) || [...txn.then, ...txn.else].some((step) => step.op === 'txn' && hasLargeOperand(step));

/** R20: a compaction at 1 refuses nothing, so a client that did not ask for it never learns of it. */
const compactionAtOne: Departure = {
  rule: 'R20',
  instead: (operation) =>
    operation.op === 'compact' && operation.revision === 1 ? HARMLESS : undefined,
};

const ofTheWire: readonly Departure[] = [
  refusedByClient,
  conditionalPut,
  operandTooLarge,
  compactionAtOne,
];

const departures: readonly Departure[] = [
  compactionIsPhysical,
  compactionAtTombstone,
  watchFromTombstone,
  hashAtCompacted,
  hostileTxn,
  leaseIsLong,
  sortMayTie,
  ...ofTheWire,
];

const insteadOf = (all: readonly Departure[]): Instead['operation'] => {
  return (operation, circumstances) =>
    all.reduce((asked, departure) => departure.instead(asked, circumstances) ?? asked, operation);
};

/** For this package's own server behind its own client. */
export const insteadForServed: Instead = { ...anything, operation: insteadOf(ofTheWire) };

/** For etcd 3.4.23; later versions depart less. */
export const insteadForEtcd: Instead = {
  operation: insteadOf(departures),
  start: startOf,
  // R107: it is answered at once, whatever is still to come.
  asksProgress: false,
};
