/** Which rules an operation has put to the test, by what was asked and what the model answered. */
import { stateAt } from '../../spec/history.ts';
import type { Model } from '../../spec/model.ts';
import { newest, storedOf, survivors } from '../../spec/survivors.ts';
import type { Get, Put, Range, Response, Selector, Write } from '../../spec/types.ts';
import type { Ledger } from './ledger.ts';
import type { MvccOperation } from './mvcc-target-program.ts';
import { rangeOf } from './mvcc-target-session.ts';

export const MVCC_RULES: readonly string[] = [
  ['R1', 'R2', 'R3', 'R4', 'R5', 'R8', 'R10', 'R11', 'R12'],
  ['R20', 'R21', 'R22', 'R23', 'R24', 'R25', 'R50', 'R51', 'R70', 'R71', 'R74'],
  ['R80', 'R81', 'R82', 'R83', 'R84', 'R86', 'R88', 'R89', 'R89a', 'R99', 'R103'],
  ['R140', 'R141', 'R142', 'R143', 'R145'],
].flat();

/** `model` is as it was before the operation. */
export function exercise(
  ledger: Ledger,
  model: Model,
  operation: MvccOperation,
  answer: Response,
): void {
  switch (operation.op) {
    case 'put':
      if (isRepeated(model, operation)) ledger.exercised('R4');
      break;
    case 'delete':
      if (answer.kind !== 'delete') break;
      ledger.exercised(answer.deleted === 0 ? 'R3' : 'R50');
      if (answer.deleted > 1) ledger.exercised('R51');
      selecting(ledger, operation.selector);
      break;
    case 'write':
      writing(ledger, model, operation, answer);
      break;
    case 'get':
    case 'range':
      reading(ledger, model, operation, answer);
      break;
    case 'count':
      ledger.exercised('R24');
      break;
    case 'compact':
      compacting(ledger, model, operation.revision, answer);
      break;
    case 'hashkv':
      hashing(ledger, model, operation.revision ?? 0, answer);
      break;
    case 'history':
      if (answer.kind !== 'history') break;
      if (answer.events.some(({ type }) => type === 'delete')) ledger.exercised('R103');
      if (model.compactRevision > 0 && operation.from === model.compactRevision) {
        ledger.exercised('R99');
      }
      break;
    case 'diff':
    case 'snapshot':
    case 'in':
    case 'release':
    case 'defragment':
    case 'restart':
    default:
  }
}

function isRepeated({ changes }: Model, { key, value }: Put): boolean {
  const last = changes.findLast((change) => change.key === key);
  return last?.type === 'put' && last.value === value;
}

function selecting(ledger: Ledger, selector: Selector): void {
  const { key, end } = rangeOf(selector);
  if (end === undefined) return;
  ledger.exercised(key < end ? 'R11' : 'R12');
}

/** A step that made a change. */
const changes = (answer: Response): boolean =>
  answer.kind === 'done' || (answer.kind === 'deleted' && answer.deleted > 0);

function writing(
  ledger: Ledger,
  { revision }: Model,
  { steps, lenient }: Write,
  answer: Response,
): void {
  if (answer.kind === 'rolled back' && answer.steps.some(changes)) ledger.exercised('R74');
  if (answer.kind === 'refused') ledger.exercised('R70');
  if (answer.kind !== 'write') return;
  if (answer.revision === revision) ledger.exercised('R3');
  const made = answer.steps.filter(changes).length;
  if (made > 1) ledger.exercised('R2');
  if (made > 1 || answer.steps.some((step) => step.kind === 'deleted' && step.deleted > 1)) {
    ledger.exercised('R5');
  }
  const first = answer.steps.findIndex(changes);
  const isRead = (at: number): boolean => steps[at]!.op === 'get' || steps[at]!.op === 'range';
  if (first >= 0 && answer.steps.some((_, at) => at > first && isRead(at))) ledger.exercised('R71');
  const isRefused = answer.steps.some(({ kind }) => kind === 'refused');
  if (lenient === true && isRefused) ledger.exercised('R70');
}

function reading(ledger: Ledger, model: Model, read: Get | Range, answer: Response): void {
  if (answer.kind === 'refused' || (read.revision ?? 0) > 0) ledger.exercised('R20');
  if (read.op === 'get') {
    if (answer.kind === 'get' && (answer.kv?.version ?? 0) > 1) ledger.exercised('R10');
    return;
  }
  selecting(ledger, read.selector);
  if (answer.kind !== 'range') return;
  if (answer.kvs.length > 1) ledger.exercised('R8');
  if (read.keysOnly === true && answer.kvs.length > 0) ledger.exercised('R25');
  if ((read.revision ?? 0) > 0 && read.revision! < model.revision) ledger.exercised('R21');
  if (!answer.more) return;
  ledger.exercised('R22');
  ledger.exercised('R23');
}

function compacting(ledger: Ledger, model: Model, revision: number, answer: Response): void {
  ledger.exercised(answer.kind === 'refused' ? 'R80' : 'R81');
  if (answer.kind === 'refused') return;
  const before = survivors(model.changes, model.compactRevision);
  const left = survivors(model.changes, revision);
  if (left.length < before.length) ledger.exercised('R82');
  const there = before.filter(({ main }) => main === revision);
  if (there.some(({ kv }) => kv === undefined)) ledger.exercised('R83');
  if (new Set(there.map(({ key }) => key)).size < there.length) ledger.exercised('R88');
  const isLeft = new Set(left.map(({ main, sub }) => `${main}.${sub}`));
  const gone = before.filter(({ main, sub }) => !isLeft.has(`${main}.${sub}`));
  if (gone.some(({ kv }) => kv === undefined)) ledger.exercised('R86');
  const keys = new Set(gone.map(({ key }) => key));
  if (left.some(({ key, kv }) => (kv?.version ?? 0) > 1 && keys.has(key))) ledger.exercised('R84');
}

function hashing(ledger: Ledger, model: Model, revision: number, answer: Response): void {
  const { changes, compactRevision } = model;
  ledger.exercised('R140');
  if (answer.kind === 'refused') return;
  ledger.exercised('R143');
  const at = revision === 0 ? model.revision : revision;
  if (compactRevision > 0 && at === compactRevision) ledger.exercised('R145');
  const isHashed = (main: number): boolean => main > compactRevision && main <= at;
  if (changes.some(({ type, revision }) => type === 'delete' && isHashed(revision))) {
    ledger.exercised('R142');
  }
  if (compactRevision < 1) return;
  // Something seen at the compacted revision is superseded up to the one that is hashed.
  const stored = storedOf(changes);
  const [then, later] = [new Set(newest(stored, compactRevision)), new Set(newest(stored, at))];
  const isOver = [...then].some((record) => record.kv !== undefined && !later.has(record));
  if (isOver && stateAt(changes, at).length > 0) ledger.exercised('R141');
}
