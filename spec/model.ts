/**
 * The model: what an answer has to be, for every operation, given all operations before it. Read
 * `history.ts` first; what a store remembers is all there.
 *
 * - A read looks at the list of changes (`model-range.ts`).
 * - A write takes a copy of the list, adds to it under the next revision (`model-write.ts`), and puts
 *   the copy in the list's place if nothing was refused. So a write is seen whole or not at all (R74),
 *   and one that changes nothing makes no revision (R3).
 * - A compaction is a number: nothing below it is answered any more (`survivors.ts`).
 * - A lease is a number, too: when it ends. Time is another, and moves when told to (`model-lease.ts`).
 * - A watch is how far it was asked about (`model-watch.ts`).
 *
 * Left out: grants whose id the store picks, since nothing says which.
 */
import { type Change, currentRevision } from './history.ts';
import { hashKv } from './hash-kv.ts';
import type { LeaseOperation } from './lease-types.ts';
import type { Compact, HashKv, Maintenance, Snapshot } from './maintenance-types.ts';
import { diff, history } from './model-history.ts';
import { type Grant, renew, stepLease } from './model-lease.ts';
import { read, type Readable } from './model-range.ts';
import { txn } from './model-txn.ts';
import { stepWatch, type Watches } from './model-watch.ts';
import { deleteRange, type Effect, isRefusal, put, type PutRules, write } from './model-write.ts';
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
  Write,
} from './types.ts';
import type { WatchOperation } from './watch-types.ts';

export interface ModelOptions {
  /** The most a put may hold, key and value together (R44). Default 1.5 MiB, as in etcd. */
  readonly requestBytesMax?: number;
  /** The most compares, and steps in a branch, that a transaction may have (R60). Default 128. */
  readonly txnOpsMax?: number;
  /** The shortest life of a lease (R121). Default 2. */
  readonly minTtlSeconds?: number;
}

export class Model {
  #changes: readonly Change[] = [];
  #compactRevision = -1;
  /** Revisions by name. */
  #snapshots: ReadonlyMap<string, number> = new Map();
  #leases: readonly Grant[] = [];
  #now = 0;
  #watches: Watches = new Map();
  readonly #options: ModelOptions;

  constructor(options: ModelOptions = {}) {
    this.#options = options;
  }

  /** A model that goes on from here on its own. */
  clone(): Model {
    const clone = new Model(this.#options);
    clone.#changes = this.#changes;
    clone.#compactRevision = this.#compactRevision;
    clone.#snapshots = this.#snapshots;
    clone.#leases = this.#leases;
    clone.#now = this.#now;
    clone.#watches = this.#watches;
    return clone;
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

  /** Seconds that went by. */
  get now(): number {
    return this.#now;
  }

  get leases(): readonly Grant[] {
    return this.#leases;
  }

  get watches(): Watches {
    return this.#watches;
  }

  step(operation: Operation): Response {
    switch (operation.op) {
      case 'get':
      case 'range':
      case 'count':
        return read(this.#changes, operation, this.#readable);
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
        return this.#restart();
      case 'grant':
      case 'revoke':
      case 'keepalive':
      case 'ttl':
      case 'leases':
      case 'advance':
        return this.#lease(operation);
      case 'watch':
      case 'events':
      case 'cancel':
        return this.#watch(operation);
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
        this.#snapshots = without(this.#snapshots, operation.name);
        return { kind: 'done' };
      case 'defragment':
      default:
        return { kind: 'done' };
    }
  }

  /**
   * R127: leases begin anew. A store may go on with what was left of them; whoever wants to compare with
   * any store renews every lease right after a restart, so that nothing depends on it.
   */
  #restart(): Response {
    this.#snapshots = new Map();
    this.#watches = new Map();
    this.#leases = this.#leases.map((lease) => renew(lease, this.#now));
    return { kind: 'done' };
  }

  #lease(operation: LeaseOperation): Response {
    const before = { changes: this.#changes, leases: this.#leases, now: this.#now };
    const { after, response } = stepLease(before, operation, this.#options.minTtlSeconds ?? 2);
    this.#changes = after.changes;
    this.#leases = after.leases;
    this.#now = after.now;
    return response;
  }

  #watch(operation: WatchOperation): Response {
    const { after, response } = stepWatch(this.#watches, operation, {
      changes: this.#changes,
      compactRevision: this.#compactRevision,
    });
    this.#watches = after;
    return response;
  }

  /** R80, R81. */
  #compact({ revision }: Compact): Response {
    if (revision <= this.#compactRevision) return compacted(this.#compactRevision);
    if (revision > this.revision) return futureRevision;
    this.#compactRevision = revision;
    return { kind: 'done' };
  }

  /** R140, R145: the compacted revision itself can be hashed. */
  #hash({ revision = 0 }: HashKv): Response {
    if (revision > this.revision) return futureRevision;
    if (revision > 0 && revision < this.#compactRevision) return compacted(this.#compactRevision);
    const at = revision === 0 ? this.revision : revision;
    const hash = hashKv(this.#changes, this.#compactRevision, at);
    const { compactRevision } = this;
    return { kind: 'hash', hash, compactRevision, revision: this.revision };
  }

  #snapshot({ name, revision = this.revision }: Snapshot): Response {
    if (revision > this.revision) return futureRevision;
    if (revision < this.#compactRevision) return compacted(this.#compactRevision);
    this.#snapshots = new Map([...this.#snapshots, [name, revision]]);
    return { kind: 'done' };
  }

  /** A snapshot's revision can be read for as long as it is held. */
  #readIn(revision: number, operation: Get | Range | Count): Response {
    const readable = { from: revision, futureFrom: this.revision + 1 };
    return read(this.#changes, { ...operation, revision }, readable);
  }

  #txn(request: Txn): Response {
    const changes = [...this.#changes];
    const rules = { opsMax: this.#options.txnOpsMax ?? 128, ...this.#putRules };
    const answer = txn(changes, this.#compactRevision, request, rules);
    if (answer.kind !== 'refused') this.#changes = changes;
    return answer;
  }

  get #putRules(): PutRules {
    const { requestBytesMax = 1_572_864 } = this.#options;
    return { requestBytesMax, hasLease: (id) => this.#leases.some((lease) => lease.id === id) };
  }

  get #readable(): Readable {
    return { from: this.#compactRevision, futureFrom: this.revision + 1 };
  }

  #put(operation: Put): Response {
    const effect = this.#change((changes, revision) =>
      put(changes, revision, operation, this.#putRules),
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

  #write(request: Write): Response {
    const changes = [...this.#changes];
    const answer = write(changes, request, this.#readable, this.#putRules);
    if (answer.kind === 'write') this.#changes = changes;
    return answer;
  }

  /** A transaction of one request. */
  #change(run: (changes: Change[], revision: number) => Effect | Refusal): Effect | Refusal {
    const changes = [...this.#changes];
    const effect = run(changes, this.revision + 1);
    if (!isRefusal(effect)) this.#changes = changes;
    return effect;
  }
}

function without<T>(named: ReadonlyMap<string, T>, name: string): ReadonlyMap<string, T> {
  return new Map([...named].filter(([other]) => other !== name));
}
