/**
 * What a child is to be asked, and what every step of it has to come to. Steps are asked in this order, and the
 * order in which writes are asked is that of their revisions; so the model knows them all beforehand.
 */
import type { Arbitrary } from 'fast-check';
import * as fc from 'fast-check';
import type { Change } from '../../spec/history.ts';
import type { Model } from '../../spec/model.ts';
import type { Operation, Response } from '../../spec/types.ts';
import type { Fact } from '../crash/facts.ts';
import { change } from '../traffic/changes.ts';
import type { Draft } from '../traffic/draft.ts';
import { compact, defragment } from '../traffic/maintenance.ts';
import type { Past } from './judge.ts';
import type { Answer, Step } from './script.ts';

export interface Planned {
  readonly step: Step;
  /** What it changes, all of one revision. */
  readonly changes: readonly Change[];
  /** What the store is at after it. */
  readonly revision: number;
  readonly answer: Answer;
}

export interface TrafficInit {
  /** Goes on from here, and is at the end of the script afterwards. */
  readonly model: Model;
  readonly steps: number;
  readonly seed: number;
  /** Leases get ids from here on: an id is granted once. */
  readonly firstLease: number;
  /** Where backups go; their names begin with it. */
  readonly backups: string;
}

/** A draft that knows the number of its step. */
type StepDraft = (model: Model, number: number, init: TrafficInit) => Step;

/** Long enough: none ends by itself. */
const TTL_SECONDS = 100_000;

const grant: StepDraft = (_, number, { firstLease }) => ({
  op: 'grant',
  id: BigInt(firstLease + number),
  ttl: TTL_SECONDS,
});
const revoke: Arbitrary<StepDraft> = fc
  .nat({ max: 7 })
  .map((place) => (model: Model, number: number, init: TrafficInit) => {
    const lease = model.leases[place % model.leases.length];
    return lease === undefined ? grant(model, number, init) : { op: 'revoke', id: lease.id };
  });
const backup: StepDraft = (_, number, { backups }) => ({
  op: 'backup',
  target: `${backups}-${number}`,
});

const always = (step: Step): Arbitrary<StepDraft> => fc.constant(() => step);
const drafted = (draft: Arbitrary<Draft>): Arbitrary<StepDraft> => draft;

const draft: Arbitrary<StepDraft> = fc.oneof(
  { weight: 80, arbitrary: drafted(change) },
  { weight: 6, arbitrary: drafted(compact) },
  { weight: 3, arbitrary: drafted(defragment) },
  { weight: 4, arbitrary: fc.constant(grant) },
  { weight: 3, arbitrary: revoke },
  { weight: 2, arbitrary: fc.constant(backup) },
  { weight: 2, arbitrary: always({ op: 'look' }) },
  { weight: 1, arbitrary: always({ op: 'flush' }) },
  { weight: 2, arbitrary: always({ op: 'restart' }) },
);

export function planTraffic(init: TrafficInit): Planned[] {
  const { model, steps, seed } = init;
  const drafts = fc.sample(draft, { numRuns: steps, seed });
  return drafts.map((draft, number) => {
    const step = draft(model, number, init);
    const before = model.changes.length;
    const answer = stepped(model, step);
    const changes = model.changes.slice(before);
    return { step, changes, revision: model.revision, answer };
  });
}

function stepped(model: Model, step: Step): Answer {
  // A backup may have to wait for its turn, so it is of this revision or of a later one.
  if (step.op === 'backup') return {};
  if (step.op === 'look') return { revision: model.revision };
  const response = model.step(step);
  if (response.kind === 'refused') return { code: response.code };
  return 'revision' in response ? { revision: response.revision } : {};
}

/** What is known of a step once it is asked. */
export function askedFacts({ step, changes, answer }: Planned): Fact[] {
  const asked: Fact[] = changes.length === 0 ? [] : [{ fact: 'asked', changes }];
  if (answer.code !== undefined) return asked;
  if (step.op === 'compact') {
    return [...asked, { fact: 'asked to compact', revision: step.revision }];
  }
  if (step.op === 'grant') return [...asked, { fact: 'asked for lease', id: step.id }];
  if (step.op !== 'revoke') return asked;
  return [...asked, { fact: 'asked to revoke', id: step.id, revision: changes[0]?.revision }];
}

/** What is known of it once it is answered. A refusal promises nothing. */
export function answeredFacts({ step, changes, revision, answer }: Planned): Fact[] {
  if (answer.code !== undefined) return [];
  if (step.op === 'compact') return [{ fact: 'compacted', revision: step.revision }];
  if (step.op === 'grant') return [{ fact: 'granted', id: step.id }];
  const facts: Fact[] = [];
  const isBarrier = step.op === 'flush' || step.op === 'restart';
  if (changes.length > 0 || isBarrier) facts.push({ fact: 'answered', revision });
  if (step.op === 'revoke') facts.push({ fact: 'revoked', id: step.id });
  // Nothing is shown before it is durable.
  if (answer.revision !== undefined) facts.push({ fact: 'shown', revision: answer.revision });
  return facts;
}

/** A model that has come to this by changes of the same revisions. */
export function continued(model: Model, { changes, compactRevision, leases }: Past): Model {
  const used = changes.flatMap((change) => (change.type === 'put' ? [change.lease] : []));
  const ids = [...new Set([...used, ...leases])].filter((id) => id !== 0n);
  for (const id of ids) done(model.step({ op: 'grant', id, ttl: TTL_SECONDS }));
  for (let first = 0; first < changes.length; ) {
    const { revision } = changes[first]!;
    const end = changes.findIndex((change, at) => at > first && change.revision !== revision);
    const together = changes.slice(first, end < 0 ? changes.length : end);
    done(model.step({ op: 'write', steps: together.map(stepOf) }));
    first += together.length;
  }
  const there = new Set(leases);
  for (const id of ids) if (!there.has(id)) done(model.step({ op: 'revoke', id }));
  if (compactRevision > -1) done(model.step({ op: 'compact', revision: compactRevision }));
  const last = changes.at(-1)?.revision ?? 1;
  if (model.revision !== last) throw new Error(`the model is at ${model.revision}, not ${last}`);
  return model;
}

function stepOf(change: Change): Extract<Operation, { op: 'write' }>['steps'][number] {
  const { key } = change;
  if (change.type === 'delete') return { op: 'delete', selector: { key } };
  const { value, lease } = change;
  return { op: 'put', key, value, ...(lease !== 0n && { lease }) };
}

function done(response: Response): void {
  if (response.kind === 'refused') throw new Error(`the model refuses: ${response.code}`);
}
