/**
 * Everything that the multi-version store says of its past: every key at every revision that can be read,
 * in snapshots, too; the past as events, what differs, and hashes.
 */
import { AFTER_ALL_KEYS } from '../../engine/base/bytes.ts';
import { type ReadView, verifyIndex } from '../../engine/mvcc/index.ts';
import type { KeyValue as StoreKeyValue } from '../../engine/types.ts';
import { stateAt } from '../../spec/history.ts';
import { survivors } from '../../spec/survivors.ts';
import type { Bytes, KeyValue, Response } from '../../spec/types.ts';
import { gotten } from '../stores/answers.ts';
import { plainKeyValue } from '../stores/plain.ts';
import type { Ledger } from './ledger.ts';
import type { MvccOperation } from './mvcc-target-program.ts';
import { isSameKeyValue } from './mvcc-target-same.ts';
import { attempt } from './mvcc-target-session.ts';
import type { MvccTrial } from './mvcc-target.ts';

const ALL = { limit: 0, reverse: false, keysOnly: false } as const;

export function audit(trial: MvccTrial, ledger: Ledger): void {
  const { model } = trial;
  const from = Math.max(model.compactRevision, 0);
  const middle = Math.ceil((from + model.revision) / 2);
  const whole: readonly MvccOperation[] = [
    { op: 'history', selector: { all: true } },
    { op: 'history', selector: { gte: 'a' }, from, to: middle },
    { op: 'diff', selector: { all: true }, from },
    { op: 'hashkv' },
    { op: 'hashkv', revision: middle },
    { op: 'get', key: 'a', revision: from - 1 },
    { op: 'count', selector: { all: true }, revision: model.revision + 1 },
  ];
  for (const operation of whole) trial.confront(operation);
  auditReads(trial, ledger);
}

/** Keys, one by one and together, in the store and in what is held of its past. */
export function auditReads(trial: MvccTrial, ledger: Ledger): void {
  const { model, session } = trial;
  const from = Math.max(model.compactRevision, 0);
  const keys = [...new Set(model.changes.map(({ key }) => key))];
  trial.tell('every key at every revision');
  everything(trial, ledger, session.kv, keys, Math.max(from, 1));
  for (const { view, revision } of session.snapshots) {
    if (revision < from) everything(trial, ledger, view, keys, revision);
  }
}

function everything(
  trial: MvccTrial,
  ledger: Ledger,
  view: ReadView,
  keys: readonly Bytes[],
  from: number,
): void {
  const { model } = trial;
  for (let revision = from; revision <= model.revision; revision++) {
    const state = stateAt(model.changes, revision);
    const alive = new Map(state.map((kv) => [kv.key, kv]));
    const one = { ...ALL, revision, want: 'both' } as const;
    for (const key of keys) {
      const kv = alive.get(key);
      const found = view.get(key, revision, false);
      if (!isSameKeyValue(found, kv)) throw misread(trial, { key, revision }, kv, found);
      // A range of one key goes its own way.
      const { kvs, count } = view.range(key, undefined, one);
      const isRight = count === Number(kv !== undefined) && isSameKeyValue(kvs[0], kv);
      if (!isRight) throw misread(trial, { key, revision }, kv, kvs[0]);
      if (kv !== undefined && kv.version > 1) ledger.exercised('R10');
    }
    together(trial, view, state, revision);
    ledger.operations += 2 * keys.length + 2;
  }
  ledger.exercised('R20');
}

/** All of them one way, and the first few the other. */
function together(
  trial: MvccTrial,
  view: ReadView,
  state: readonly KeyValue[],
  revision: number,
): void {
  const reverse = (revision & 1) === 1;
  for (const asked of [
    { ...ALL, revision, reverse, want: 'both' },
    { ...ALL, revision, reverse: !reverse, limit: 2, want: 'both' },
  ] as const) {
    const all = asked.reverse ? [...state].reverse() : state;
    const some = asked.limit > 0 ? all.slice(0, asked.limit) : all;
    const { count, kvs } = view.range('\0', AFTER_ALL_KEYS, asked);
    const isRight =
      count === state.length &&
      kvs.length === some.length &&
      some.every((kv, at) => isSameKeyValue(kvs[at], kv));
    if (isRight) continue;
    const { limit } = asked;
    const kind = 'range';
    const more = some.length < all.length;
    throw trial.differsIn(
      { op: 'range', selector: { all: true }, revision, reverse: asked.reverse, limit },
      { kind, revision: trial.model.revision, count: state.length, more, kvs: some },
      { kind, revision: view.rev(), count, more: kvs.length < count, kvs: kvs.map(plainKeyValue) },
    );
  }
}

function misread(
  trial: MvccTrial,
  { key, revision }: { readonly key: Bytes; readonly revision: number },
  kv: KeyValue | undefined,
  found: StoreKeyValue | undefined,
): Error {
  const does: Response = attempt(() => gotten(found));
  return trial.differsIn({ op: 'get', key, revision }, { kind: 'get', kv }, does);
}

/** Two answers: which records a finished removal has left, and whether log and index agree. */
export function auditRecords(trial: MvccTrial, ledger: Ledger, compacted: number): void {
  const { session, model } = trial;
  const { revisions } = session.backend.readTx();
  const found: string[] = [];
  for (let at = revisions.nextLeft(0); at < revisions.count; at = revisions.nextLeft(at + 1)) {
    if (revisions.isDead(at)) continue;
    const mark = revisions.isTombstone(at) ? 't' : '';
    found.push(`${revisions.mainOf(at)}.${revisions.subOf(at)}${mark}`);
  }
  const left = survivors(model.changes, compacted).map(
    ({ main, sub, kv }) => `${main}.${sub}${kv === undefined ? 't' : ''}`,
  );
  ledger.operations++;
  const [should, does] = [left.join(' '), found.join(' ')];
  const asked = `records left of compact ${compacted}`;
  if (should !== does) throw trial.differs(asked, [should], [does]);
  const problems: string[] = [];
  const report = (problem: string): void => {
    problems.push(problem);
  };
  for (const _slice of verifyIndex(session.kv.index, revisions, report));
  ledger.operations++;
  if (problems.length > 0) throw trial.differs('verify', ['no problem'], problems);
}
