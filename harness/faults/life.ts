/**
 * One life of a store on a disk that fails somewhere: it is put a workload beside the model until that is over,
 * or until nothing can be written any more. Every answer is the model's, or a refusal that says what to do.
 *
 * What is refused at once, by a store that goes on, was not done: it is struck from what was asked, and if it
 * ever shows up, nobody asked for it. What is refused by a store that is poisoned by it may have been done or
 * not. From then on writes are refused, and reads show a state that everything acknowledged is part of.
 */
import { type EmbeddedStore, open, type OpenOptions } from '../../engine/index.ts';
import type { FileSystem } from '../../engine/vfs/index.ts';
import { describeKeyValue, describeOperation, describeResponse } from '../../spec/describe.ts';
import { stateAt } from '../../spec/history.ts';
import { Model } from '../../spec/model.ts';
import type { KeyValue, Response } from '../../spec/types.ts';
import { patiently } from '../conformance/audit.ts';
import { isSame } from '../conformance/same.ts';
import { beforeCrash, type Fact } from '../crash/facts.ts';
import { BACKUPS, crashShape } from '../crash/varve-work.ts';
import { DIRECTORY } from '../stores/disk-image.ts';
import { type Asked, askedOf, changesNothing } from './asked.ts';
import { Onlooker } from './onlooker.ts';
import { checkRefusal, Complaint, type Honesty } from './policy.ts';
import { type Request, request } from './requests.ts';
import type { Step } from './workload.ts';

export interface LifeInit {
  /** All but the file system. */
  readonly options: OpenOptions;
  readonly honesty: Honesty;
  /** Called before each opening but the first: what is lost there is a matter of its own. */
  readonly onReopen?: () => void;
  /** A store on a disk that lies was opened with this revision, and more was acknowledged. */
  readonly onLoss?: (revision: number) => void;
}

interface Pending {
  readonly asked: Asked;
  readonly answer: Promise<Response>;
}

export class Life {
  facts: readonly Fact[] = [];
  readonly story: string[] = [];
  model: Model = new Model();
  /** The last revision that was asked for. */
  asked = 1;
  readonly #init: LifeInit;
  #options: OpenOptions;
  #store: EmbeddedStore | undefined;
  #onlooker: Onlooker | undefined;
  #pending: Pending[] = [];
  /** Nothing more can be asked. */
  #isOver = false;

  constructor(init: LifeInit) {
    this.#init = init;
    this.#options = { ...crashShape, ...init.options };
  }

  /** To be called first: the disk that it is about. */
  use(fs: FileSystem): void {
    this.#options = { ...this.#options, fs };
  }

  /** Up to the end of the workload, or to where the store ends it. The store is left open. */
  async live(steps: readonly Step[]): Promise<void> {
    await this.#open();
    for (const step of steps) {
      if (this.#isOver) break;
      await this.#take(step);
      await this.#look();
    }
    await this.#settle();
    if (this.#isOver) await this.#afterwards();
    this.#onlooker?.complain();
  }

  /** However it goes, the store is closed after it. */
  async close(): Promise<void> {
    const store = this.#store;
    if (store === undefined) return;
    this.#store = undefined;
    await this.#permit('close', () => store.close());
    await patiently(this.#onlooker!.over());
    this.#onlooker?.complain();
    const put = await patiently(settled(store.put('late', '')));
    if (put.status === 'fulfilled') throw new Complaint('a closed store takes a put');
  }

  async #take(step: Step): Promise<void> {
    switch (step.step) {
      case 'ask': {
        const operation = step.draft(this.model);
        this.story.push(describeOperation(operation) + (step.joined ? ' # not awaited' : ''));
        await this.#ask(operation);
        if (!step.joined) await this.#settle();
        return;
      }
      case 'backup':
        await this.#settle();
        if (!this.#isOver) await this.#backUp(`${BACKUPS}/${step.name}`);
        return;
      case 'idle':
        this.story.push('# idle');
        for (let turn = 0; turn < 4; turn++) await new Promise(setImmediate);
        return;
      case 'reopen':
      default:
        await this.#settle();
        if (!this.#isOver) await this.#reopen();
    }
  }

  async #ask(operation: Request): Promise<void> {
    const asked = askedOf(this.model, operation);
    this.#tell(...asked.before);
    this.asked = asked.is.revision;
    const answer = request(this.#store!, operation);
    let refusal: { readonly error: unknown } | undefined;
    answer.catch((error: unknown) => (refusal = { error }));
    // What is refused without the disk is refused by then, and no commit begins in between.
    for (let hop = 0; hop < HOPS; hop++) await Promise.resolve();
    if (refusal !== undefined && asked.expected.kind !== 'refused') {
      await this.#refused(asked, refusal.error, false);
      return;
    }
    this.model = asked.is;
    this.#pending.push({ asked, answer });
  }

  async #settle(): Promise<void> {
    for (const { asked, answer } of this.#pending.splice(0)) {
      const [result] = await Promise.allSettled([patiently(answer)]);
      if (result.status === 'rejected') await this.#refused(asked, result.reason, true);
      else this.#answered(asked, result.value);
    }
  }

  #answered({ operation, expected, after }: Asked, response: Response): void {
    this.#tell(...after);
    if (isSame(expected, response)) return;
    throw new Complaint(
      `${describeOperation(operation)}: ${describeResponse(response)}, ` +
        `should be ${describeResponse(expected)}`,
    );
  }

  /** `late`: the model has gone on, and with it perhaps others. */
  async #refused(asked: Asked, error: unknown, late: boolean): Promise<void> {
    const { operation, expected } = asked;
    const { code } = error as { readonly code?: unknown };
    if (expected.kind === 'refused' && code === expected.code) return;
    const what = describeOperation(operation);
    this.story.push(`#   ${what} is refused: ${String(error)}`);
    checkRefusal(what, error, this.#init.honesty);
    if (await this.#isPoisoned()) return;
    if (changesNothing(asked)) return;
    if (operation.op === 'compact') this.#compactRefused(asked);
    else if (late) throw new Complaint(`${what} was refused, and the store goes on with it`);
    else await this.#undone(asked);
  }

  /** Its logical half may be done; late, it is behind what was asked for since. */
  #compactRefused(asked: Asked): void {
    const { revision } = asked.operation as Extract<Request, { op: 'compact' }>;
    const { compactRevision } = this.#store!;
    if (compactRevision === revision) this.model = this.model === asked.was ? asked.is : this.model;
    else if (this.model === asked.is) this.model = asked.was;
    if (compactRevision !== revision) this.#untell(asked.before);
  }

  async #undone({ operation, before, was }: Asked): Promise<void> {
    this.#untell(before);
    const { revision } = this.#store!;
    const ids = await patiently(this.#store!.leases.list());
    const isAsBefore =
      revision === was.revision &&
      ids.length === was.leases.length &&
      was.leases.every(({ id }) => ids.includes(id));
    if (isAsBefore) return;
    throw new Complaint(`${describeOperation(operation)} was refused, and is done`);
  }

  /** If it is, this is the end of the workload. */
  async #isPoisoned(): Promise<boolean> {
    const [flushed] = await Promise.allSettled([patiently(this.#store!.flush())]);
    if (flushed.status === 'fulfilled') return false;
    checkRefusal('flush', flushed.reason, this.#init.honesty);
    this.#isOver = true;
    return true;
  }

  async #afterwards(): Promise<void> {
    const store = this.#store;
    if (store === undefined) return;
    const put = await patiently(settled(store.put('too late', '1')));
    if (put.status === 'fulfilled') throw new Complaint('a poisoned store takes a put');
    checkRefusal('a put after the failure', put.reason, this.#init.honesty);
    await this.#look();
  }

  /** All that is there now; whoever looks is told only of what stays. */
  async #look(): Promise<void> {
    if (this.#store === undefined || this.#pending.length > 0) return;
    const { value } = await this.#permit('range all', () => request(this.#store!, EVERYTHING));
    if (value === undefined || value.kind !== 'range') return;
    const { requested, acknowledged } = beforeCrash(this.facts);
    const { revision, kvs } = value;
    this.#tell({ fact: 'shown', revision });
    const last = this.#isOver ? (requested.at(-1)?.revision ?? 1) : this.model.revision;
    const least = this.#isOver ? acknowledged : last;
    if (revision < least || revision > last) {
      throw new Complaint(`range all is at revision ${revision}, of ${least} to ${last}`);
    }
    const [is, should] = [linesOf(kvs), linesOf(stateAt(requested, revision))];
    if (is !== should) throw new Complaint(`at ${revision} there is ${is}, should be ${should}`);
  }

  async #backUp(path: string): Promise<void> {
    this.story.push(`backup ${path}`);
    const { revision } = this.model;
    const { value } = await this.#permit('backup', () => this.#store!.backup(path));
    if (value === undefined) {
      await this.#isPoisoned();
      return;
    }
    if (value.revision !== revision) {
      throw new Complaint(`a backup at ${revision} says that it is at ${value.revision}`);
    }
    this.#tell({ fact: 'backed up', path, atLeast: revision });
  }

  async #reopen(): Promise<void> {
    this.story.push('restart');
    const store = this.#store!;
    this.#store = undefined;
    const { value } = await this.#permit('close', async () => {
      await store.close();
      return true;
    });
    await patiently(this.#onlooker!.over());
    this.model.step({ op: 'restart' });
    this.#isOver = value === undefined;
    if (this.#isOver) return;
    this.#init.onReopen?.();
    await this.#open();
  }

  async #open(): Promise<void> {
    const { value: store } = await this.#permit('open', () => open(DIRECTORY, this.#options));
    this.#isOver = store === undefined;
    if (store === undefined) return;
    this.#store = store;
    this.#onlooker = new Onlooker({
      store,
      honesty: this.#init.honesty,
      show: (revision) => this.#tell({ fact: 'shown', revision }),
      requested: () => beforeCrash(this.facts).requested,
    });
    const { revision } = this.model;
    if (store.revision === revision && store.compactRevision === this.model.compactRevision) return;
    const found = `${store.revision}, compacted at ${store.compactRevision}`;
    const should = `${revision}, compacted at ${this.model.compactRevision}`;
    if (this.#init.honesty !== 'silent') {
      throw new Complaint(`opened, the store is at ${found}, should be at ${should}`);
    }
    this.story.push(`#   opened at ${found}, was at ${should}`);
    this.#isOver = true;
    this.#init.onLoss?.(store.revision);
    await this.close();
  }

  /** Undefined: it was refused, as it may be. */
  async #permit<T>(what: string, run: () => Promise<T>): Promise<{ readonly value?: T }> {
    const [result] = await Promise.allSettled([patiently(run())]);
    if (result.status === 'fulfilled') return { value: result.value };
    this.story.push(`#   ${what} is refused: ${String(result.reason)}`);
    checkRefusal(what, result.reason, this.#init.honesty);
    return {};
  }

  #tell(...facts: readonly Fact[]): void {
    this.facts = [...this.facts, ...facts];
  }

  #untell(facts: readonly Fact[]): void {
    this.facts = this.facts.filter((fact) => !facts.includes(fact));
  }
}

/** More than there are promises in one another. */
const HOPS = 12;

const EVERYTHING: Request = { op: 'range', selector: { all: true } };

const linesOf = (kvs: readonly KeyValue[]): string => kvs.map(describeKeyValue).join(', ');

async function settled<T>(promise: Promise<T>): Promise<PromiseSettledResult<T>> {
  return (await Promise.allSettled([promise]))[0];
}
