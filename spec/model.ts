/**
 * The model: what an answer has to be, for every operation, given all operations before it. Read
 * `history.ts` first; what a store remembers is all there.
 *
 * - A read looks at the list of changes (`model-range.ts`).
 * - A write takes a copy of the list, adds to it under the next revision (`model-write.ts`), and puts
 *   the copy in the list's place if nothing was refused. So a write is seen whole or not at all (R74),
 *   and one that changes nothing makes no revision (R3).
 * - A compaction is a number: nothing below it is answered any more (`survivors.ts`).
 *
 * Left out until the store has them: watches and leases.
 */
import { type Change, currentRevision } from './history.ts';
import { hashKv } from './hash-kv.ts';
import type { Compact, HashKv, Maintenance, Snapshot } from './maintenance-types.ts';
import { diff, history } from './model-history.ts';
import { range } from './model-range.ts';
import { txn } from './model-txn.ts';
import { deleteRange, type Effect, put } from './model-write.ts';
import { compacted, futureRevision } from './refusals.ts';
import type { Txn } from './txn-types.ts';
import type {
  Count,
  Delete,
  Get,
  Operation,
  Put,
  Range,
  Refusal,
  Response,
  StepAnswer,
  Write,
  WriteStep,
} from './types.ts';

export interface ModelOptions {
  /** The most a put may hold, key and value together (R44). Default 1.5 MiB, as in etcd. */
  readonly requestBytesMax?: number;
  /** The most compares, and steps in a branch, that a transaction may have (R60). Default 128. */
  readonly txnOpsMax?: number;
}

export class Model {
  #changes: readonly Change[] = [];
  #compactRevision = -1;
  /** Names and revisions. */
  readonly #snapshots = new Map<string, number>();
  readonly #requestBytesMax: number;
  readonly #txnOpsMax: number;

  constructor(options: ModelOptions = {}) {
    this.#requestBytesMax = options.requestBytesMax ?? 1_572_864;
    this.#txnOpsMax = options.txnOpsMax ?? 128;
  }

  get changes(): readonly Change[] {
    return this.#changes;
  }

  get revision(): number {
    return currentRevision(this.#changes);
  }

  /** -1 if nothing was ever compacted. */
  get compactRevision(): number {
    return this.#compactRevision;
  }

  get snapshots(): ReadonlyMap<string, number> {
    return this.#snapshots;
  }

  step(operation: Operation): Response {
    switch (operation.op) {
      case 'get':
      case 'range':
        return this.#read(this.#changes, operation);
      case 'count':
        return this.#count(operation);
      case 'put':
        return this.#put(operation);
      case 'delete':
        return this.#delete(operation);
      case 'write':
        return this.#write(operation);
      case 'txn':
        return this.#txn(operation);
      case 'flush':
        return { kind: 'done' };
      case 'restart':
        this.#snapshots.clear();
        return { kind: 'done' };
      case 'compact':
      case 'hashkv':
      case 'history':
      case 'diff':
      case 'snapshot':
      case 'in':
      case 'release':
      case 'defragment':
      default:
        return this.#maintain(operation);
    }
  }

  #maintain(operation: Maintenance): Response {
    switch (operation.op) {
      case 'compact':
        return this.#compact(operation);
      case 'hashkv':
        return this.#hash(operation);
      case 'history':
        return history(this.#changes, this.#compactRevision, operation);
      case 'diff':
        return diff(this.#changes, this.#compactRevision, operation);
      case 'snapshot':
        return this.#snapshot(operation);
      case 'in':
        return this.#readIn(this.#snapshots.get(operation.name)!, operation.read);
      case 'release':
        this.#snapshots.delete(operation.name);
        return { kind: 'done' };
      case 'defragment':
      default:
        return { kind: 'done' };
    }
  }

  /** R80, R81. */
  #compact({ revision }: Compact): Response {
    if (revision <= this.#compactRevision) return compacted;
    if (revision > this.revision) return futureRevision;
    this.#compactRevision = revision;
    return { kind: 'done' };
  }

  /** R140, R145: the compacted revision itself can be hashed. */
  #hash({ revision = 0 }: HashKv): Response {
    if (revision > this.revision) return futureRevision;
    if (revision > 0 && revision < this.#compactRevision) return compacted;
    const at = revision === 0 ? this.revision : revision;
    const hash = hashKv(this.#changes, this.#compactRevision, at);
    const { compactRevision } = this;
    return { kind: 'hash', hash, compactRevision, revision: this.revision };
  }

  #snapshot({ name, revision = this.revision }: Snapshot): Response {
    if (revision > this.revision) return futureRevision;
    if (revision < this.#compactRevision) return compacted;
    this.#snapshots.set(name, revision);
    return { kind: 'done' };
  }

  /** A snapshot's revision can be read for as long as it is held. */
  #readIn(revision: number, read: Get | Range | Count): Response {
    const selector = read.op === 'get' ? { key: read.key } : read.selector;
    const readable = { from: revision, futureFrom: this.revision + 1 };
    const answer = range(this.#changes, selector, { ...read, revision }, readable);
    if (answer.kind === 'refused' || read.op === 'range') return answer;
    if (read.op === 'count') return { kind: 'count', count: answer.count };
    return { kind: 'get', kv: answer.kvs.at(0) };
  }

  #txn(request: Txn): Response {
    const changes = [...this.#changes];
    const limits = { opsMax: this.#txnOpsMax, requestBytesMax: this.#requestBytesMax };
    const answer = txn(changes, this.#compactRevision, request, limits);
    if (answer.kind !== 'refused') this.#changes = changes;
    return answer;
  }

  get #readable(): { from: number; futureFrom: number } {
    return { from: this.#compactRevision, futureFrom: this.revision + 1 };
  }

  #read(changes: readonly Change[], operation: Get | Range): StepAnswer {
    const selector = operation.op === 'get' ? { key: operation.key } : operation.selector;
    const answer = range(changes, selector, operation, this.#readable);
    if (operation.op === 'range' || answer.kind === 'refused') return answer;
    return { kind: 'get', kv: answer.kvs.at(0) };
  }

  /** R24: how many keys, whatever else. */
  #count(operation: Count): Response {
    const answer = range(this.#changes, operation.selector, operation, this.#readable);
    return answer.kind === 'refused' ? answer : { kind: 'count', count: answer.count };
  }

  #put(operation: Put): Response {
    const effect = this.#change((changes, revision) =>
      put(changes, revision, operation, this.#requestBytesMax),
    );
    if (isRefusal(effect)) return effect;
    const prevKv = operation.prevKv === true ? effect.before.at(0) : undefined;
    return { kind: 'put', revision: this.revision, prevKv };
  }

  #delete(operation: Delete): Response {
    const effect = this.#change((changes, revision) => deleteRange(changes, revision, operation));
    if (isRefusal(effect)) return effect;
    const deleted = effect.before.length;
    const prevKvs = operation.prevKv === true ? effect.before : [];
    return { kind: 'delete', revision: this.revision, deleted, prevKvs };
  }

  #write({ steps, lenient = false }: Write): Response {
    const changes = [...this.#changes];
    const answers: StepAnswer[] = [];
    for (const step of steps) {
      if (step.op === 'throw') return { kind: 'rolled back', steps: answers };
      const answer = this.#step(changes, step);
      if (answer.kind === 'refused' && !lenient) return answer;
      answers.push(answer);
    }
    this.#changes = changes;
    return { kind: 'write', revision: this.revision, steps: answers };
  }

  /** One call inside a write transaction. It sees what the calls before it did (R71). */
  #step(changes: Change[], step: Exclude<WriteStep, { op: 'throw' }>): StepAnswer {
    const revision = this.revision + 1;
    if (step.op === 'get' || step.op === 'range') return this.#read(changes, step);
    if (step.op === 'put') {
      const effect = put(changes, revision, step, this.#requestBytesMax);
      return isRefusal(effect) ? effect : { kind: 'done' };
    }
    const effect = deleteRange(changes, revision, step);
    return isRefusal(effect) ? effect : { kind: 'deleted', deleted: effect.before.length };
  }

  /** A transaction of one request. */
  #change(run: (changes: Change[], revision: number) => Effect | Refusal): Effect | Refusal {
    const changes = [...this.#changes];
    const effect = run(changes, this.revision + 1);
    if (!isRefusal(effect)) this.#changes = changes;
    return effect;
  }
}

function isRefusal(effect: Effect | Refusal): effect is Refusal {
  return 'kind' in effect;
}
