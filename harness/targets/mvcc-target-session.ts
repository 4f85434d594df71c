/**
 * The multi-version store over the memory backend, asked in the words of the specification. It has the
 * store's duties, too: one removal at a time, and none of what somebody still reads.
 */
import { type Backend, MemoryBackend } from '../../engine/backend/index.ts';
import { AFTER_ALL_KEYS, isAscii, type KeyString, prefixEnd } from '../../engine/base/bytes.ts';
import { KvStore, type ReadView, type TxnWrite } from '../../engine/mvcc/index.ts';
import type { Change as StoreChange, HashResult, WatchEvent } from '../../engine/types.ts';
import type { Difference, Event, Maintenance } from '../../spec/maintenance-types.ts';
import type {
  Bytes,
  Count,
  Get,
  Range,
  Response,
  Selector,
  StepAnswer,
  Write,
  WriteStep,
} from '../../spec/types.ts';
import { gotten, refusalOf } from '../stores/answers.ts';
import { latin1, plainKeyValue } from '../stores/plain.ts';
import type { MvccOperation } from './mvcc-target-program.ts';

type MvccMaintenance = Maintenance | Extract<MvccOperation, { op: 'restart' }>;
type Step = Exclude<WriteStep, { op: 'throw' }>;

export class MvccSession {
  readonly backend: Backend = MemoryBackend.open();
  readonly kv: KvStore;
  /** Compactions whose records are still to be removed, oldest first. */
  readonly #jobs: { readonly revision: number; slices?: Generator<void, number, void> }[] = [];
  readonly #snapshots = new Map<string, { readonly view: ReadView; readonly revision: number }>();
  #lastWrite: TxnWrite | undefined;

  constructor(Store: typeof KvStore) {
    const { index, restore } = KvStore.newIndex(() => 0.5);
    restore.finish();
    this.kv = new Store(this.backend, index);
  }

  get isSettled(): boolean {
    return this.#jobs.length === 0;
  }

  /** Snapshots that are held: what reads there, and the revision. */
  get snapshots(): Iterable<{ readonly view: ReadView; readonly revision: number }> {
    return this.#snapshots.values();
  }

  answer(operation: MvccOperation): Response {
    return attempt(() => this.#answer(operation));
  }

  #answer(operation: MvccOperation): Response {
    const { kv } = this;
    switch (operation.op) {
      case 'get':
      case 'range':
      case 'count':
        return read(kv, operation);
      case 'put': {
        const revision = put(kv, operation.key, operation.value);
        return { kind: 'put', revision, prevKv: undefined };
      }
      case 'delete': {
        const { key, end } = rangeOf(operation.selector);
        const deleted = kv.deleteRange(key, end);
        return { kind: 'delete', revision: kv.rev(), deleted, prevKvs: [] };
      }
      case 'write':
        return this.#write(operation);
      case 'compact':
      case 'hashkv':
      case 'history':
      case 'diff':
      case 'snapshot':
      case 'in':
      case 'release':
      case 'defragment':
      case 'restart':
      default:
        return this.#maintain(operation);
    }
  }

  #maintain(operation: MvccMaintenance): Response {
    const { kv } = this;
    switch (operation.op) {
      case 'compact':
        kv.compact(operation.revision);
        this.#jobs.push({ revision: operation.revision });
        return DONE;
      case 'history': {
        const { key, end } = rangeOf(operation.selector);
        const wants = (found: KeyString): boolean =>
          end === undefined ? found === key : found >= key && found < end;
        const { from = 0, to = 0 } = operation;
        const range = { wants, from, to: to > 0 ? to : kv.rev() };
        return { kind: 'history', events: Array.from(kv.history(range), plainEvent) };
      }
      case 'diff': {
        const { from, to = 0 } = operation;
        const range = { ...rangeOf(operation.selector), from, to: to > 0 ? to : kv.rev() };
        return { kind: 'diff', differences: Array.from(kv.diff(range), plainDifference) };
      }
      case 'hashkv':
        return hashed(toTheEnd(kv.hashByRev(operation.revision ?? 0)));
      case 'snapshot': {
        const { name, revision = kv.rev() } = operation;
        this.#snapshots.set(name, { view: kv.pinnedRead(revision), revision });
        return DONE;
      }
      case 'in': {
        const { view, revision } = this.#snapshots.get(operation.name)!;
        return read(view, { ...operation.read, revision });
      }
      case 'release':
        this.#snapshots.delete(operation.name);
        return DONE;
      case 'restart':
        this.#restart();
        return DONE;
      case 'defragment':
      default:
        this.backend.clean();
        return DONE;
    }
  }

  #write({ steps, lenient = false }: Write): Response {
    const tx = this.kv.write();
    const answers: StepAnswer[] = [];
    for (const step of steps) {
      if (step.op === 'throw') {
        tx.rollback();
        return { kind: 'rolled back', steps: answers };
      }
      const answer = attempt(() => stepIn(tx, step));
      if (answer.kind === 'refused' && !lenient) {
        tx.rollback();
        return answer;
      }
      answers.push(answer);
    }
    tx.end();
    this.#lastWrite = tx;
    return { kind: 'write', revision: this.kv.rev(), steps: answers };
  }

  /** What the last write transaction changed, as watchers would be told. */
  changed(): Event[] {
    const tx = this.#lastWrite!;
    return Array.from({ length: tx.changeCount }, (_, sub) => plainEvent(tx.eventOf(sub)));
  }

  /** Removes so many slices, or as many as are left of a compaction. */
  runSlices(most: number): { readonly ran: number; readonly finished?: number } {
    const job = this.#jobs[0];
    if (job === undefined) return { ran: 0 };
    const { revision } = job;
    for (const held of this.#snapshots.values()) if (held.revision < revision) return { ran: 0 };
    job.slices ??= this.kv.removeCompacted(revision);
    for (let ran = 1; ran <= most; ran++) {
      if (job.slices.next().done !== true) continue;
      this.#jobs.shift();
      return { ran, finished: revision };
    }
    return { ran: most };
  }

  /** A removal that was under way begins again (R89a). */
  #restart(): void {
    this.#snapshots.clear();
    this.kv.restore();
    this.#jobs.length = 0;
    const revision = this.kv.unfinishedCompaction();
    if (revision !== undefined) this.#jobs.push({ revision });
  }
}

const DONE: Response = { kind: 'done' };

function stepIn(tx: TxnWrite, step: Step): StepAnswer {
  if (step.op === 'get' || step.op === 'range') return read(tx, step) as StepAnswer;
  if (step.op === 'put') {
    put(tx, step.key, step.value);
    return { kind: 'done' };
  }
  const { key, end } = rangeOf(step.selector);
  return { kind: 'deleted', deleted: tx.deleteRange(key, end) };
}

function read(view: ReadView, operation: Get | Range | Count): Response {
  const { revision = 0 } = operation;
  if (operation.op === 'get') {
    return gotten(view.get(operation.key, revision, operation.keysOnly ?? false));
  }
  const { key, end } = rangeOf(operation.selector);
  const all = { revision, limit: 0, reverse: false, keysOnly: false };
  if (operation.op === 'count') {
    return { kind: 'count', count: view.range(key, end, { ...all, want: 'count' }).count };
  }
  const { limit = 0, reverse = false, keysOnly = false } = operation;
  const found = view.range(key, end, { revision, limit, reverse, keysOnly, want: 'both' });
  const more = limit > 0 && found.kvs.length < found.count;
  return {
    kind: 'range',
    revision: found.revision,
    count: found.count,
    more,
    kvs: found.kvs.map(plainKeyValue),
  };
}

/** Text where it can be; bytes are overwritten as soon as the call is over. */
function put(view: Pick<TxnWrite, 'put'>, key: Bytes, value: Bytes): number {
  if (isAscii(value) && value.length > 1) return view.put(key, value, 0n);
  const lent = Buffer.from(value, 'latin1');
  const revision = view.put(key, lent, 0n);
  lent.fill(0xee);
  return revision;
}

/** R11. */
export function rangeOf(selector: Selector): { key: KeyString; end: KeyString | undefined } {
  if ('key' in selector) return { key: selector.key, end: undefined };
  if ('all' in selector) return { key: '\0', end: AFTER_ALL_KEYS };
  if ('prefix' in selector) return { key: selector.prefix, end: prefixEnd(selector.prefix) };
  const { gte, gt, lt, lte } = selector;
  return {
    key: gte ?? (gt === undefined ? '\0' : `${gt}\0`),
    end: lt ?? (lte === undefined ? AFTER_ALL_KEYS : `${lte}\0`),
  };
}

export function hashed({ hash, compactRevision, revision }: HashResult): Response {
  return { kind: 'hash', hash, compactRevision, revision };
}

export function toTheEnd<T>(slices: Generator<void, T, void>): T {
  for (;;) {
    const slice = slices.next();
    if (slice.done === true) return slice.value;
  }
}

function plainEvent(event: WatchEvent): Event {
  if (event.type === 'put') {
    return { type: 'put', kv: plainKeyValue(event.kv), isCreate: event.isCreate };
  }
  return { type: 'delete', key: latin1(event.kv.keyBytes), revision: event.revision };
}

function plainDifference({ before, after }: StoreChange): Difference {
  return { key: latin1((after ?? before)!.keyBytes), before: plain(before), after: plain(after) };
}

const plain = (kv: StoreChange['before']): Difference['before'] => kv && plainKeyValue(kv);

export function attempt<T extends Response>(
  ask: () => T,
): T | Extract<Response, { kind: 'refused' }> {
  try {
    return ask();
  } catch (error) {
    return refusalOf(error);
  }
}
