/**
 * A store at work on a disk that is about to be let down, telling what it was asked and what it has said.
 * The model steps before each call is made: the store gives out revisions in the order of the calls, so what
 * each will have changed is known when it is asked.
 */
import { limits } from '../../engine/base/limits.ts';
import { type EmbeddedStore, open, type OpenOptions, VarveError } from '../../engine/index.ts';
import type { FileSystem } from '../../engine/vfs/index.ts';
import { describeOperation } from '../../spec/describe.ts';
import { Model } from '../../spec/model.ts';
import type { Operation } from '../../spec/types.ts';
import { patiently } from '../conformance/audit.ts';
import { DIRECTORY } from '../stores/disk-image.ts';
import { Session } from '../stores/session.ts';
import { SlowClock, SlowFs } from '../stores/slow-disk.ts';
import { VirtualClock } from '../stores/virtual-clock.ts';
import { TXN_OPS_MAX } from '../traffic/txn.ts';
import { REQUEST_BYTES_MAX } from '../traffic/vocabulary.ts';
import type { Fact } from './facts.ts';
import type { Plan, Step } from './plan.ts';
import type { Tell } from './subject.ts';

export const BACKUPS = '/backups';

/** Small segments, so that there are sealed ones to be cleaned; no cache, so that reads go to the disk. */
export const crashShape: OpenOptions = {
  segmentSizeBytes: 4096,
  cacheSizeBytes: 0,
  maxRequestBytes: REQUEST_BYTES_MAX,
  maxTxnOps: TXN_OPS_MAX,
};

/** Runs the plan from an empty directory to a closed store. Adds to `story`, a line for each step. */
export async function workOn(
  fs: FileSystem,
  plan: Plan,
  tell: Tell<Fact>,
  story: string[] = [],
  options: OpenOptions = {},
): Promise<void> {
  const work = new Work(fs, plan, tell, story, options);
  await work.begin();
  try {
    for (const [number, step] of plan.steps) await work.do(step, number);
    await work.settle();
  } finally {
    await work.end();
  }
}

class Work {
  readonly #options: OpenOptions;
  readonly #clock: VirtualClock;
  readonly #model = new Model({ requestBytesMax: REQUEST_BYTES_MAX, txnOpsMax: TXN_OPS_MAX });
  readonly #watches: boolean;
  readonly #fs: FileSystem;
  readonly #tell: Tell<Fact>;
  readonly #story: string[];
  #session!: Session;
  #pending: Promise<unknown>[] = [];
  #watching: Promise<void> | undefined;
  #backups = 0;

  constructor(
    fs: FileSystem,
    { slowSyncs, watches, checkpointRecordsMin, idleMarkDelayMs }: Plan,
    tell: Tell<Fact>,
    story: string[],
    options: OpenOptions,
  ) {
    Object.assign(limits, { checkpointRecordsMin, idleMarkDelayMs });
    const slow = slowSyncs ? new SlowClock() : undefined;
    this.#clock = slow ?? new VirtualClock();
    this.#fs = slow === undefined ? fs : new SlowFs(fs, slow);
    this.#watches = watches;
    this.#tell = tell;
    this.#story = story;
    const random = drawn();
    this.#options = { ...crashShape, fs: this.#fs, clock: this.#clock, random, ...options };
  }

  async begin(): Promise<void> {
    this.#fs.makeDirectory(BACKUPS);
    const store = await patiently(open(DIRECTORY, this.#options));
    const reopen: Session['reopen'] = (store) => this.#reopen(store as EmbeddedStore);
    this.#session = new Session({ store, form: 'bytes', reopen });
    this.#watch();
  }

  async do(step: Step, number: number): Promise<void> {
    switch (step.step) {
      case 'ask': {
        const operation = step.draft(this.#model, number);
        this.#story.push(describeOperation(operation) + (step.awaited ? '' : ' # not awaited'));
        const answered = this.#ask(operation);
        if (step.awaited) await patiently(answered);
        else this.#pending.push(answered);
        return;
      }
      case 'look': {
        this.#story.push('range all');
        const { revision } = await patiently(this.#store.range({ all: true }));
        this.#tell({ fact: 'shown', revision });
        return;
      }
      case 'backup':
        this.#story.push('backup');
        await this.#backUp(`${BACKUPS}/${++this.#backups}`);
        return;
      case 'idle':
        this.#story.push('idle');
        this.#clock.advance(IDLE_MS);
        await new Promise(setImmediate);
        return;
      case 'reopen':
      default:
        this.#story.push('restart');
        await this.settle();
        await this.#session.answer({ op: 'restart' });
    }
  }

  async settle(): Promise<void> {
    await patiently(Promise.all(this.#pending.splice(0)));
  }

  async end(): Promise<void> {
    await this.#store.close();
    await this.#watching;
  }

  get #store(): EmbeddedStore {
    return this.#session.store as EmbeddedStore;
  }

  async #ask(operation: Operation): Promise<void> {
    const { changes, revision: was, compactRevision: compacted } = this.#model;
    const known = changes.length;
    this.#model.step(operation);
    const { revision, compactRevision } = this.#model;
    const isChange = revision > was;
    if (isChange) this.#tell({ fact: 'asked', changes: this.#model.changes.slice(known) });
    if (operation.op === 'grant') this.#tell({ fact: 'asked for lease', id: operation.id });
    if (operation.op === 'revoke') {
      const { id } = operation;
      this.#tell({ fact: 'asked to revoke', id, revision: isChange ? revision : undefined });
    }
    const isCompaction = compactRevision > compacted;
    if (isCompaction) this.#tell({ fact: 'asked to compact', revision: compactRevision });
    await this.#session.answer(operation);
    // Without a change there is nothing that would have to be on disk.
    if (isChange) this.#tell({ fact: 'answered', revision });
    if (isCompaction) this.#tell({ fact: 'compacted', revision: compactRevision });
    if (operation.op === 'grant') this.#tell({ fact: 'granted', id: operation.id });
    if (operation.op === 'revoke') this.#tell({ fact: 'revoked', id: operation.id });
  }

  async #backUp(path: string): Promise<void> {
    const atLeast = this.#store.durableRevision;
    await patiently(this.#store.backup(path));
    this.#tell({ fact: 'backed up', path, atLeast });
  }

  async #reopen(store: EmbeddedStore): Promise<EmbeddedStore> {
    await patiently(store.close());
    await this.#watching;
    const next = await patiently(open(DIRECTORY, this.#options));
    // The session learns of it only after this.
    this.#watch(next);
    return next;
  }

  #watch(store: EmbeddedStore = this.#store): void {
    if (this.#watches) this.#watching = this.#show(store).catch(endOf);
  }

  async #show(store: EmbeddedStore): Promise<void> {
    const startRevision = Math.max(1, store.compactRevision);
    for await (const { events } of store.watch({ all: true }, { startRevision }).batches()) {
      const revision = Math.max(...events.map(({ revision }) => revision));
      this.#tell({ fact: 'shown', revision });
    }
  }
}

const IDLE_MS = 60_000;

/** Enough to tell one store from the next. */
function drawn(): () => number {
  let count = 0;
  return () => (count++ % 16) / 16;
}

/** A watch may be told that the store is closed, or that it came too late; what it has shown stays. */
function endOf(error: unknown): void {
  const isEnd = error instanceof VarveError && ['ERR_CLOSED', 'ERR_COMPACTED'].includes(error.code);
  if (!isEnd) throw error;
}
