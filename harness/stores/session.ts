/**
 * Puts the specification's operations to a real store and brings back its answers in the specification's
 * words. Reads are in `reads.ts`, conversions in `plain.ts` and `answers.ts`.
 */
import type { WriteTxn } from '../../engine/index.ts';
import type { Txn } from '../../spec/txn-types.ts';
import type {
  Bytes,
  Delete,
  KeyValue,
  Operation,
  Put,
  Response,
  StepAnswer,
  Write,
} from '../../spec/types.ts';
import { answered, deleted, gotten, putDone, ranged, refusalOf } from './answers.ts';
import { type AnyStore, revisionOf } from './any-store.ts';
import { type Arguments, call, type KeyForm } from './plain.ts';
import { type Reader, readCount, readGet, readRange } from './reads.ts';
import { LeaseSession } from './session-lease.ts';
import { MaintenanceSession } from './session-maintenance.ts';
import { requestOf, txnDone } from './session-txn.ts';
import { WatchSession } from './session-watch.ts';
import type { SteppedClock } from './stepped-clock.ts';

type Step = Exclude<Write['steps'][number], { op: 'throw' }>;

/** Closes the store and opens it again, as far as its kind can. */
export type Reopen = (store: AnyStore) => Promise<AnyStore>;

export interface SessionInit {
  readonly store: AnyStore;
  readonly form: KeyForm;
  readonly reopen: Reopen;
  readonly clock?: SteppedClock | undefined;
  /** Default false: everything happens in turns of this process's event loop. */
  readonly isRemote?: boolean;
}

export class Session implements Reader {
  store: AnyStore;
  readonly form: KeyForm;
  /** Of the store, if its time can be told. */
  readonly clock: SteppedClock | undefined;
  readonly isRemote: boolean;
  /** Nothing else is under way: a question may be put through every door there is, one after another. */
  isAlone = true;
  furtherAnswers = 0;
  readonly #maintenance = new MaintenanceSession();
  readonly #leases = new LeaseSession();
  readonly #watches = new WatchSession();
  readonly reopen: Reopen;
  readonly #known = new Map<Bytes, Buffer>();

  constructor({ store, form, reopen, clock, isRemote = false }: SessionInit) {
    this.store = store;
    this.form = form;
    this.clock = clock;
    this.isRemote = isRemote;
    this.reopen = reopen;
  }

  async answer(operation: Operation): Promise<Response> {
    switch (operation.op) {
      case 'get':
        return readGet(this, operation);
      case 'range':
        return readRange(this, operation);
      case 'count':
        return readCount(this, operation);
      case 'put':
        return answered(() => this.#put(operation));
      case 'delete':
        return answered(() => this.#delete(operation));
      case 'write':
        return answered(() => this.#write(operation));
      case 'txn':
        return answered(() => this.#txn(operation));
      case 'flush':
        await this.store.flush?.();
        return { kind: 'done' };
      case 'restart':
        await this.#maintenance.releaseAll();
        await this.#watches.cancelAll();
        this.#leases.forget();
        this.store = await this.reopen(this.store);
        return { kind: 'done' };
      case 'grant':
      case 'revoke':
      case 'keepalive':
      case 'ttl':
      case 'leases':
      case 'advance':
        return this.#leases.answer(this, operation);
      case 'watch':
      case 'events':
      case 'cancel':
        return this.#watches.answer(this, operation);
      case 'compact':
      case 'hashkv':
      case 'history':
      case 'diff':
      case 'snapshot':
      case 'in':
      case 'release':
      case 'defragment':
      default:
        return this.#maintenance.answer(this, operation);
    }
  }

  /** By the shortest way there is. */
  revision(): Promise<number> {
    return revisionOf(this.store);
  }

  /** Whether a key is like this at a revision that can be read; asked by the thousand. */
  holds(key: Bytes, revision: number, expected: KeyValue | undefined): boolean {
    const kv = this.store.getSync!(this.#bytesOf(key), { revision });
    if (kv === undefined || expected === undefined) return kv === expected;
    const isSame =
      kv.modRevision === expected.modRevision &&
      kv.createRevision === expected.createRevision &&
      kv.version === expected.version &&
      kv.lease === expected.lease &&
      this.#bytesOf(key).equals(kv.keyBytes) &&
      this.#bytesOf(expected.value).equals(kv.value);
    // Spoiled, as everything is that a store hands out.
    kv.keyBytes.fill(0);
    kv.value.fill(0);
    return isSame;
  }

  #bytesOf(bytes: Bytes): Buffer {
    let found = this.#known.get(bytes);
    if (found === undefined) this.#known.set(bytes, (found = Buffer.from(bytes, 'latin1')));
    return found;
  }

  /** A read by the shortest way. */
  answerSync(read: Operation): Response {
    try {
      return this.#readSync(read);
    } catch (error) {
      return refusalOf(error);
    }
  }

  #readSync(read: Operation): Response {
    const { store, form } = this;
    if (read.op === 'get') {
      const { key, op: _, ...options } = read;
      return gotten(call(form, (by) => store.getSync!(by.bytes(key), options)));
    }
    if (read.op !== 'range') throw new Error(`${read.op} is no read that is synchronous`);
    const { selector, op: _, ...options } = read;
    return ranged(call(form, (by) => store.rangeSync!(by.selector(selector), options)));
  }

  async #put(operation: Put): Promise<Response> {
    const { key, value, op: _, ...options } = operation;
    return putDone(
      await call(this.form, (by) => this.store.put(by.bytes(key), by.bytes(value), options)),
    );
  }

  async #delete(operation: Delete): Promise<Response> {
    const { selector, op: _, ...options } = operation;
    return deleted(
      await call(this.form, (by) => this.store.delete(by.selector(selector), options)),
    );
  }

  async #txn(txn: Txn): Promise<Response> {
    return txnDone(txn, await call(this.form, (by) => this.store.txn(requestOf(txn, by))));
  }

  async #write({ steps, lenient = false }: Write): Promise<Response> {
    const thrown = new Error('thrown by the caller');
    const answers: StepAnswer[] = [];
    try {
      const { revision, result } = await this.store.write!((tx) => {
        // Nothing else can come between: the transaction's revision is the next one.
        if (tx.revision !== this.store.revision! + 1) throw new Error(`tx.revision ${tx.revision}`);
        for (const step of steps) {
          if (step.op === 'throw') throw thrown;
          answers.push(this.#step(tx, step, lenient));
        }
        return answers;
      });
      if (result !== answers) throw new Error('write() did not return what its function did');
      return { kind: 'write', revision, steps: answers };
    } catch (error) {
      if (error === thrown) return { kind: 'rolled back', steps: answers };
      throw error;
    }
  }

  #step(tx: WriteTxn, step: Step, lenient: boolean): StepAnswer {
    try {
      return call(this.form, (by) => takeStep(tx, step, by));
    } catch (error) {
      if (!lenient) throw error;
      return refusalOf(error);
    }
  }
}

function takeStep(tx: WriteTxn, step: Step, by: Arguments): StepAnswer {
  switch (step.op) {
    case 'get': {
      const { key, op: _, ...options } = step;
      // A transaction's get takes no options, its range does.
      if (Object.keys(options).length === 0) return gotten(tx.get(by.bytes(key)));
      return gotten(tx.range(by.bytes(key), options).kvs.at(0));
    }
    case 'range': {
      const { selector, op: _, ...options } = step;
      return ranged(tx.range(by.selector(selector), options));
    }
    case 'put': {
      const { key, value, op: _, ...options } = step;
      tx.put(by.bytes(key), by.bytes(value), options);
      return { kind: 'done' };
    }
    case 'delete':
    default:
      return { kind: 'deleted', deleted: tx.delete(by.selector(step.selector)) };
  }
}
