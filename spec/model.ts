/**
 * The model: what an answer has to be, for every operation, given all operations before it. Read
 * `history.ts` first; what a store remembers is all there.
 *
 * - A read looks at the list of changes (`model-range.ts`).
 * - A write takes a copy of the list, adds to it under the next revision (`model-write.ts`), and puts
 *   the copy in the list's place if nothing was refused. So a write is seen whole or not at all (R74),
 *   and one that changes nothing makes no revision (R3).
 *
 * Left out until the store has them: compaction, watches, leases, transactions with comparisons.
 */
import { type Change, currentRevision } from './history.ts';
import { range } from './model-range.ts';
import { deleteRange, type Effect, put } from './model-write.ts';
import type {
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
}

export class Model {
  #changes: readonly Change[] = [];
  readonly #requestBytesMax: number;

  constructor(options: ModelOptions = {}) {
    this.#requestBytesMax = options.requestBytesMax ?? 1_572_864;
  }

  get changes(): readonly Change[] {
    return this.#changes;
  }

  get revision(): number {
    return currentRevision(this.#changes);
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
      case 'flush':
      case 'restart':
      default:
        return { kind: 'done' };
    }
  }

  #read(changes: readonly Change[], operation: Get | Range): StepAnswer {
    const selector = operation.op === 'get' ? { key: operation.key } : operation.selector;
    const answer = range(changes, selector, operation, this.revision + 1);
    if (operation.op === 'range' || answer.kind === 'refused') return answer;
    return { kind: 'get', kv: answer.kvs.at(0) };
  }

  /** R24: how many keys, whatever else. */
  #count(operation: Operation & { op: 'count' }): Response {
    const answer = range(this.#changes, operation.selector, operation, this.revision + 1);
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
