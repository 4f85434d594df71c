/**
 * The index of all keys on trial: ranges, counts and single keys at every ordinal, while keys come and go,
 * transactions are taken back, compactions rest between slices, and the index is built again.
 */
import {
  type CompactBound,
  IndexRestore,
  type KeyIndex,
  TreeIndex,
} from '../../engine/mvcc/index.ts';
import type { Bytes } from '../../spec/types.ts';
import type { Ledger } from './ledger.ts';
import type { Target } from './target.ts';
import { TreeCheck } from './tree-target-check.ts';
import { TreeHistory, type TreeRecord } from './tree-target-history.ts';
import { type TreeCommand, treePrograms } from './tree-target-program.ts';

/** What is on trial; a canary replaces some of it. */
export interface TreeParts {
  readonly TreeIndex: typeof TreeIndex;
  readonly IndexRestore: typeof IndexRestore;
}

interface Job {
  readonly revision: number;
  readonly slices: Generator<void, void, void>;
}

interface Checkpoint {
  readonly count: number;
  readonly chunks: Uint8Array[];
  readonly rest: Iterator<Uint8Array>;
}

export const treeTarget: Target<readonly TreeCommand[]> = treeTargetOf({});

export function treeTargetOf(parts: Partial<TreeParts>): Target<readonly TreeCommand[]> {
  return {
    name: 'tree',
    rules: [
      ['R8', 'R10', 'R11', 'R12', 'R22', 'R23'],
      ['R82', 'R83', 'R84', 'R86', 'R88', 'R89', 'R89b'],
    ].flat(),
    programs: treePrograms,
    run(program, ledger) {
      const trial = new TreeTrial({ TreeIndex, IndexRestore, ...parts }, ledger);
      try {
        for (const command of program) trial.obey(command);
        trial.end();
      } catch (error) {
        throw trial.history.fallen(error);
      }
    },
  };
}

class TreeTrial {
  readonly #parts: TreeParts;
  readonly #ledger: Ledger;
  readonly history: TreeHistory = new TreeHistory();
  readonly #check: TreeCheck;
  #index: TreeIndex;
  /** Ordinals that a compaction has dropped. */
  readonly #dead = new Set<number>();
  #job: Job | undefined;
  /** The revision of the last compaction that was finished. */
  #finished = -1;
  #checkpoint: Checkpoint | undefined;

  constructor(parts: TreeParts, ledger: Ledger) {
    this.#parts = parts;
    this.#ledger = ledger;
    this.#check = new TreeCheck(this.history, ledger);
    this.#index = this.#fresh();
  }

  #fresh(): TreeIndex {
    return new this.#parts.TreeIndex(() => 0.5);
  }

  obey(command: TreeCommand): void {
    switch (command.op) {
      case 'write':
        this.#write(command);
        break;
      case 'look':
        this.#look(command);
        break;
      case 'compact':
        this.#compact(command);
        break;
      case 'slices':
        this.#runSlices(command.slices);
        break;
      case 'checkpoint':
        this.#beginCheckpoint();
        break;
      case 'restore':
      default:
        this.#restore(command);
    }
    this.#check.sizes(this.#index, this.#job === undefined);
    this.#save();
  }

  end(): void {
    this.#check.everything(this.#index);
    this.#runSlices(Number.POSITIVE_INFINITY);
    this.#restore({ op: 'restore', from: 'image', back: 3, withDead: true });
    this.#check.sizes(this.#index, true);
    this.#check.everything(this.#index);
  }

  #write({ changes, undone }: TreeCommand & { op: 'write' }): void {
    const history = this.history;
    const main = history.current + 1;
    const made: TreeRecord[] = [];
    for (const change of changes) {
      if (change.tombstone && !history.isAlive(change.key)) continue;
      const record = history.add(change, main, made.length);
      made.push(record);
      if (record.tombstone) this.#index.tombstone(record.key, record.ordinal);
      else this.#index.put(record.key, record.ordinal, main);
      this.#check.get(this.#index, record.key, record.ordinal);
    }
    if (made.length === 0) return;
    history.tellChanges(made, undone);
    if (!undone) {
      history.current = main;
      return;
    }
    for (let n = made.length; n > 0; n--) {
      const { key } = history.takeBack();
      this.#index.retract(this.#index.keyIndex(key)!, history.records.length - 1);
    }
    for (const { key } of made) this.#check.get(this.#index, key, history.records.length);
  }

  #look({ low, high, back, limit }: TreeCommand & { op: 'look' }): void {
    const { records, compacted } = this.history;
    const oldest = this.history.floor(compacted);
    const at = Math.max(records.length - 1 - back, oldest);
    this.#check.range(this.#index, low, high, at, limit);
    this.#check.get(this.#index, low, at);
  }

  #compact({ on, few, slices }: TreeCommand & { op: 'compact' }): void {
    const history = this.history;
    const revision = Math.min(Math.max(history.compacted, 0) + on, history.current);
    if (revision <= history.compacted) return;
    this.#runSlices(Number.POSITIVE_INFINITY);
    history.tell({ op: 'compact', revision });
    history.compacted = revision;
    this.#begin(revision, few);
    this.#runSlices(slices);
  }

  #begin(revision: number, few: boolean): void {
    const bound = { at: this.history.floor(revision), before: this.history.floor(revision - 1) };
    const gone = this.history.goneAt(revision);
    const drop = (ordinal: number): void => {
      this.#check.numbers(`dropped ordinal ${ordinal}`, ordinal, gone.has(ordinal) ? ordinal : -1);
      this.#check.numbers(`dropped ordinal ${ordinal} once`, 0, Number(this.#dead.has(ordinal)));
      this.#dead.add(ordinal);
    };
    const keys = few ? this.#changedSince(this.#finished, bound) : undefined;
    this.#job = { revision, slices: this.#index.compact(bound, drop, keys) };
    this.#exercised(revision, gone);
  }

  /** All that a compaction can take anything from: what is alive since the one before. */
  *#changedSince(revision: number, { at }: CompactBound): Generator<Bytes, void, void> {
    for (let ordinal = this.history.floor(revision - 1) + 1; ordinal <= at; ordinal++) {
      if (!this.#dead.has(ordinal)) yield this.history.records[ordinal]!.key;
    }
  }

  #runSlices(most: number): void {
    for (let n = 0; n < most && this.#job !== undefined; n++) {
      const { slices, revision } = this.#job;
      if (slices.next().done !== true) {
        if (n === 0) this.history.tell('the compaction goes on');
        this.#ledger.exercised('R89');
        continue;
      }
      this.#job = undefined;
      this.#finished = revision;
      for (const ordinal of this.history.goneAt(revision)) {
        this.#check.numbers(`ordinal ${ordinal} is gone`, 1, Number(this.#dead.has(ordinal)));
      }
      this.#checkGoneKeys();
    }
  }

  #checkGoneKeys(): void {
    for (const key of this.history.keys) {
      const isGone = this.history.recordsOf(key).every(({ ordinal }) => this.#dead.has(ordinal));
      if (!isGone) continue;
      const isThere = this.#index.keyIndex(key) !== undefined;
      this.#check.numbers('a key of which nothing is left', 0, Number(isThere));
      this.#ledger.exercised('R84');
    }
  }

  #exercised(revision: number, gone: ReadonlySet<number>): void {
    const { records } = this.history;
    for (const { ordinal, tombstone, main, key } of records) {
      if (this.#dead.has(ordinal)) continue;
      const isGone = gone.has(ordinal);
      if (isGone) this.#ledger.exercised(tombstone ? 'R86' : 'R82');
      if (main !== revision) continue;
      if (tombstone && !isGone) this.#ledger.exercised('R83');
      if (
        records.some((other) => other.key === key && other.main === main && other.ordinal < ordinal)
      ) {
        this.#ledger.exercised('R88');
      }
    }
  }

  #beginCheckpoint(): void {
    const count = this.history.records.length;
    const rest = new this.#parts.IndexRestore(this.#index).save(count);
    this.#checkpoint = { count, chunks: [], rest: rest[Symbol.iterator]() };
    this.history.tell('a checkpoint begins');
  }

  /** A chunk of the checkpoint under way, between two commands. */
  #save(): boolean {
    if (this.#checkpoint === undefined) return false;
    const next = this.#checkpoint.rest.next();
    if (next.done !== true) this.#checkpoint.chunks.push(next.value);
    return next.done !== true;
  }

  /**
   * The index is built again, as a store does that opens. What was removed may still be on disk, and in a
   * checkpoint; a compaction that was under way begins again.
   */
  #restore({ from, back, withDead }: TreeCommand & { op: 'restore' }): void {
    const history = this.history;
    const index = this.#fresh();
    const restore = new this.#parts.IndexRestore(index);
    let first = 0;
    if (from === 'image') {
      first = Math.max(history.records.length - back, 0);
      for (const chunk of new this.#parts.IndexRestore(this.#index).save(first)) load(chunk);
    } else if (from === 'checkpoint' && this.#checkpoint !== undefined) {
      while (this.#save());
      first = this.#checkpoint.count;
      this.#checkpoint.chunks.forEach(load);
    }
    for (const record of history.records.slice(first)) {
      const isDead = this.#dead.has(record.ordinal);
      if (!isDead || withDead) restore.add(this.#chunkOf(record));
    }
    restore.finish((ordinal) => this.#dead.has(ordinal));
    history.tell({ op: 'restart' });
    this.#replace(index);

    function load(chunk: Uint8Array): void {
      restore.load(Buffer.from(chunk));
    }
  }

  #replace(index: TreeIndex): void {
    // Of a lone tombstone a restart does not know the life that it ended (R89b).
    if (this.#dead.size === 0) {
      this.#check.numbers('equal to the one before', 1, Number(index.equal(this.#index)));
      this.#unequal(index);
    } else this.#ledger.exercised('R89b');
    this.#index = index;
    this.#checkpoint = undefined;
    if (this.#job !== undefined) this.#begin(this.#job.revision, false);
  }

  /** One change more on one side, taken back afterwards. */
  #unequal(index: TreeIndex): void {
    const ordinal = this.history.records.length;
    const changed: KeyIndex = index.put('a', ordinal, this.history.current + 1);
    this.#check.numbers('equal with a change more', 0, Number(index.equal(this.#index)));
    index.retract(changed, ordinal - 1);
    this.#check.numbers('equal when it is taken back', 1, Number(index.equal(this.#index)));
  }

  #chunkOf(record: TreeRecord): Parameters<IndexRestore['add']>[0] {
    const seen = this.history.seenAt(record.key, record.ordinal);
    return {
      firstOrdinal: record.ordinal,
      count: 1,
      keys: [record.key],
      mains: [record.main],
      tombstones: [record.tombstone],
      creates: [seen?.created ?? 0],
      versions: [seen?.version ?? 0],
    };
  }
}
