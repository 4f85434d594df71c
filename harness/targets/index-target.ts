/**
 * The index of one key on trial: its generations (R85, R86), what a compaction takes at every revision of
 * every history, and what a restart makes of what is left.
 */
import { compact, type CompactBound, isLeft, keep, KeyIndex } from '../../engine/mvcc/index.ts';
import { endOf, leftAfter, keep as specKeep, type Seen, seenAt } from '../../spec/generations.ts';
import { IndexCheck } from './index-target-check.ts';
import { type IndexedRecord, KEY, KeyHistory } from './index-target-history.ts';
import { type IndexCommand, indexPrograms } from './index-target-program.ts';
import type { Ledger } from './ledger.ts';
import type { Target } from './target.ts';

/** What is on trial; a canary replaces some of it. */
export interface KeyIndexParts {
  readonly KeyIndex: typeof KeyIndex;
  readonly compact: typeof compact;
  readonly keep: typeof keep;
  readonly isLeft: typeof isLeft;
}

export const indexTarget: Target<readonly IndexCommand[]> = indexTargetOf({});

export function indexTargetOf(parts: Partial<KeyIndexParts>): Target<readonly IndexCommand[]> {
  return {
    name: 'index',
    rules: ['R10', 'R82', 'R83', 'R84', 'R85', 'R86', 'R87', 'R88', 'R89b'],
    programs: indexPrograms,
    run(program, ledger) {
      const trial = new IndexTrial({ KeyIndex, compact, keep, isLeft, ...parts }, ledger);
      try {
        for (const command of program) trial.obey(command);
        trial.compactEverywhere();
      } catch (error) {
        throw trial.history.fallen(error);
      }
    },
  };
}

class IndexTrial {
  readonly #parts: KeyIndexParts;
  readonly #ledger: Ledger;
  readonly history: KeyHistory = new KeyHistory();
  readonly #check: IndexCheck;
  /** Undefined as long as the tree would not have the key. */
  #index: KeyIndex | undefined;

  constructor(parts: KeyIndexParts, ledger: Ledger) {
    this.#parts = parts;
    this.#ledger = ledger;
    this.#check = new IndexCheck(this.history, ledger);
  }

  obey(command: IndexCommand): void {
    switch (command.op) {
      case 'compact':
        this.#compact(this.#revisionOf(command));
        break;
      case 'restore':
        this.#restore(command.stillThere);
        break;
      case 'put':
      case 'delete':
      case 'write':
      default:
        this.#change(command);
    }
    this.#audit();
  }

  #audit(): void {
    const history = this.history;
    const everywhere = history.seenEverywhere();
    this.#check.now(this.#index, everywhere.at(-1), history.left);
    if (this.#index === undefined) return;
    this.#check.reads(this.#index, everywhere, history.left);
    this.#check.structure(this.#index, history.left, history.left[0]!.main);
    if (this.#index.closed.length > 0) this.#ledger.exercised('R85');
    if (this.#index.closed.length > 0 && this.#index.version > 0) this.#ledger.exercised('R10');
  }

  #change(command: IndexCommand & { op: 'put' | 'delete' | 'write' }): void {
    const history = this.history;
    const isWrite = command.op === 'write';
    if (command.op === 'delete' && !history.isAlive) return;
    history.pass(command);
    history.begin(command.behind);
    const made: boolean[] = [];
    for (let n = 0; n < (isWrite ? command.changes : 1); n++) {
      const wanted = isWrite ? ((command.deletes >> n) & 1) === 1 : command.op === 'delete';
      const { tombstone } = this.#add(wanted && history.isAlive);
      made.push(tombstone);
    }
    history.tellChanges(made, command.behind, isWrite && command.undone);
    if (!isWrite || !command.undone) return;
    for (const _change of made) this.#retract();
    history.rollback();
  }

  #add(tombstone: boolean): IndexedRecord {
    const record = this.history.add(tombstone);
    const { ordinal, main } = record;
    if (this.#index === undefined) this.#index = new this.#parts.KeyIndex(KEY, ordinal, main, 1);
    else if (tombstone) this.#index.tombstone(ordinal);
    else this.#index.put(ordinal, main);
    return record;
  }

  #retract(): void {
    const index = this.#index!;
    index.retract();
    if (index.isEmpty) this.#index = undefined;
  }

  /** Undefined if there is none to compact at. */
  #revisionOf(command: IndexCommand & { op: 'compact' }): number | undefined {
    const { current, compacted, records } = this.history;
    if (compacted >= current) return undefined;
    const from = Math.max(compacted, 0);
    const record = records.at(-1 - (command.which % Math.max(records.length, 1)));
    const anywhere = from + 1 + (command.which % (current - from));
    const near = (record?.main ?? anywhere) + command.offset;
    const revision = command.near ? near : anywhere;
    return Math.min(Math.max(revision, from + 1), current);
  }

  #compact(revision: number | undefined): void {
    if (revision === undefined) return;
    const history = this.history;
    history.tell({ op: 'compact', revision });
    const before = history.left;
    history.compact(revision);
    if (this.#index === undefined) return;
    this.#compactOne(this.#index, revision, before, history.left);
    this.#exercised(revision, before);
    if (this.#index.isEmpty) this.#index = undefined;
  }

  /** Five answers: what is to be kept, twice, what goes, how many, and that nothing goes twice. */
  #compactOne(
    index: KeyIndex,
    revision: number,
    before: readonly IndexedRecord[],
    left: readonly IndexedRecord[],
  ): void {
    const parts = this.#parts;
    const history = this.history;
    const bound = boundOf(history, revision);
    const kept = specKeep(history.records, revision)?.ordinal ?? -1;
    const isIn = (record: IndexedRecord): boolean => left.includes(record);
    const gone = before.filter((record) => !isIn(record)).map(({ ordinal }) => ordinal);
    const at = `compacted at ${revision}`;
    this.#check.numbers(`kept when ${at}`, [kept], [parts.keep(index, bound)]);
    const foretold = before.filter(({ ordinal }) => !parts.isLeft(index, bound, ordinal));
    this.#check.numbers(
      `will go when ${at}`,
      gone,
      foretold.map(({ ordinal }) => ordinal),
    );
    const dropped: number[] = [];
    const count = parts.compact(index, bound, (ordinal) => dropped.push(ordinal));
    this.#check.numbers(`dropped when ${at}`, gone, dropped);
    this.#check.numbers(`number of dropped when ${at}`, [gone.length], [count]);
    const again = parts.compact(index, bound, () => {});
    this.#check.numbers(`dropped when ${at} once more`, [0], [again]);
  }

  #exercised(revision: number, before: readonly IndexedRecord[]): void {
    const { left, records } = this.history;
    const ledger = this.#ledger;
    if (left.length < before.length) ledger.exercised('R82');
    const isAtRevision = ({ main }: IndexedRecord): boolean => main === revision;
    const oldest = left.at(0);
    if (oldest?.tombstone === true && isAtRevision(oldest)) ledger.exercised('R83');
    const visible = seenAt(records, endOf(Number.POSITIVE_INFINITY));
    if (visible !== undefined && left.length < visible.version) ledger.exercised('R84');
    const isWhole = before.some((record) => record.tombstone && !left.includes(record));
    if (isWhole) ledger.exercised('R86');
    if (before.filter(isAtRevision).some(({ tombstone }, at) => tombstone || at > 0)) {
      ledger.exercised('R88');
    }
  }

  /** As a store does when it is opened: record by record, and then without what was removed. */
  #restore(stillThere: number): void {
    const history = this.history;
    const { left } = history;
    const dead = history.records.filter((record) => !left.includes(record));
    const onDisk = history.records.filter(
      (record) => left.includes(record) || ((stillThere >> dead.indexOf(record)) & 1) === 1,
    );
    history.tell({ op: 'restart' });
    this.#index = undefined;
    for (const record of onDisk) this.#addStored(record);
    const index = this.#index as KeyIndex | undefined;
    if (index === undefined) return;
    if (onDisk.length > left.length) {
      const alive = new Set(left.map(({ ordinal }) => ordinal));
      index.prune((ordinal) => !alive.has(ordinal));
      if (index.isEmpty) this.#index = undefined;
    } else if (left[0]!.tombstone) {
      const { created, version } = index.closed[0]!;
      this.#check.numbers('created and version of a lone tombstone', [0, 1], [created, version]);
    }
    if (left.length > 0 && left.length < history.records.length) this.#ledger.exercised('R89b');
  }

  #addStored(record: IndexedRecord): void {
    const { ordinal, tombstone } = record;
    const { created, version } = this.history.stored(record);
    const { KeyIndex } = this.#parts;
    if (this.#index === undefined) {
      this.#index = tombstone
        ? KeyIndex.ofTombstone(KEY, ordinal)
        : new KeyIndex(KEY, ordinal, created, version);
    } else if (tombstone) this.#index.restoreTombstone(ordinal);
    else this.#index.restorePut(ordinal, created, version);
  }

  /** Compaction at every revision there is, each time of a copy: put, tombstone or gap. */
  compactEverywhere(): void {
    const history = this.history;
    if (this.#index === undefined) return;
    const everywhere = history.seenEverywhere();
    const from = Math.max(history.compacted, 0) + 1;
    for (let revision = from; revision <= history.current; revision++) {
      history.tellWhile({ op: 'compact', revision }, () => this.#compactCopy(revision, everywhere));
    }
  }

  #compactCopy(revision: number, everywhere: readonly (Seen<IndexedRecord> | undefined)[]): void {
    const history = this.history;
    const index = copyOf(this.#index!, this.#parts.KeyIndex);
    const left = leftAfter(history.records, revision);
    this.#compactOne(index, revision, history.left, left);
    if (left.length === 0) {
      this.#check.numbers('empty when nothing is left', [1], [index.isEmpty ? 1 : 0]);
      return;
    }
    this.#check.now(index, everywhere.at(-1), left);
    this.#check.reads(index, everywhere, left);
    this.#check.structure(index, left, revision);
  }
}

function boundOf(history: KeyHistory, revision: number): CompactBound {
  return { at: history.floor(revision), before: history.floor(revision - 1) };
}

/** As a checkpoint would bring it back. */
function copyOf(index: KeyIndex, Index: typeof KeyIndex): KeyIndex {
  const closed = index.closed.map((generation) => ({
    ...generation,
    revisions: [...generation.revisions],
  }));
  const open = index.isDeleted ? [] : [...index.open];
  return Index.of(KEY, closed, open, index.created, index.version);
}
