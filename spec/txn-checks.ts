/**
 * What is wrong with a transaction whatever the store holds (R60, R66): checked for both branches,
 * however deep, before anything is looked at.
 */
import { checkSelector, selects } from './model-range.ts';
import { checkPut } from './model-write.ts';
import { duplicateKey, tooManyOps } from './refusals.ts';
import type { Txn, TxnStep } from './txn-types.ts';
import type { Bytes, Refusal, Selector } from './types.ts';

export interface TxnLimits {
  /** Of compares, and of steps in a branch (R60). */
  readonly opsMax: number;
  readonly requestBytesMax: number;
}

export function checkTxn(txn: Txn, limits: TxnLimits): Refusal | undefined {
  const refused = checkRequest(txn, limits);
  if (refused !== undefined) return refused;
  const branches = [touchedBy(txn.then), touchedBy(txn.else)];
  return branches.includes(undefined) ? duplicateKey : undefined;
}

/** R60 a, b, c, in this order; what a transaction uses of its operations its children do not have. */
function checkRequest(txn: Txn, limits: TxnLimits): Refusal | undefined {
  const used = Math.max(txn.if.length, txn.then.length, txn.else.length);
  if (used > limits.opsMax) return tooManyOps;
  const left = { ...limits, opsMax: limits.opsMax - used };
  for (const { selector } of txn.if) {
    const refused = checkSelector(selector);
    if (refused !== undefined) return refused;
  }
  for (const step of [...txn.then, ...txn.else]) {
    const refused = checkStep(step, left);
    if (refused !== undefined) return refused;
  }
  return undefined;
}

function checkStep(step: TxnStep, limits: TxnLimits): Refusal | undefined {
  switch (step.op) {
    case 'put':
      return checkPut(step, limits.requestBytesMax);
    case 'txn':
      return checkRequest(step, limits);
    case 'range':
    case 'delete':
    default:
      return checkSelector(step.selector);
  }
}

/** What a list of steps may write, in whichever branches of the transactions in it. */
interface Touched {
  readonly puts: ReadonlySet<Bytes>;
  readonly deletes: readonly Selector[];
}

/**
 * R66; undefined if a key is given twice. A child's two branches exclude each other, so both may put one
 * key; but what one branch puts and the other deletes counts as twice.
 */
function touchedBy(steps: readonly TxnStep[]): Touched | undefined {
  const puts = new Set<Bytes>();
  const deletes: Selector[] = [];
  for (const step of steps) {
    if (step.op === 'delete' && isBounded(step.selector)) deletes.push(step.selector);
  }
  const isTaken = (key: Bytes): boolean =>
    puts.has(key) || deletes.some((selector) => selects(selector, key));
  // Children first, and one after another: what a later one deletes an earlier one may put (R67 i).
  for (const step of steps) {
    if (step.op !== 'txn') continue;
    const then = touchedBy(step.then);
    const otherwise = touchedBy(step.else);
    if (then === undefined || otherwise === undefined) return undefined;
    deletes.push(...then.deletes, ...otherwise.deletes);
    const own = new Set([...then.puts, ...otherwise.puts]);
    for (const key of own) if (isTaken(key)) return undefined;
    for (const key of own) puts.add(key);
  }
  for (const step of steps) {
    if (step.op !== 'put') continue;
    if (isTaken(step.key)) return undefined;
    puts.add(step.key);
  }
  return { puts, deletes };
}

/** R67 ii: a delete without an upper end is not looked at. */
function isBounded(selector: Selector): boolean {
  if ('all' in selector) return false;
  if ('key' in selector) return true;
  if ('prefix' in selector) return /[^\xff]/.test(selector.prefix);
  return selector.lt !== undefined || selector.lte !== undefined;
}
