/** Everything that the index of one key says, against `spec/generations.ts`. Each answer counts once. */
import type { IndexedRevision, KeyIndex } from '../../engine/mvcc/index.ts';
import { generationsOf, type Seen, since } from '../../spec/generations.ts';
import { type IndexedRecord, KEY, type KeyHistory } from './index-target-history.ts';
import type { Ledger } from './ledger.ts';

type Visible = Seen<IndexedRecord> | undefined;

export class IndexCheck {
  readonly #history: KeyHistory;
  readonly #ledger: Ledger;

  constructor(history: KeyHistory, ledger: Ledger) {
    this.#history = history;
    this.#ledger = ledger;
  }

  /** One answer. Undefined: the key has left the index, as it must when nothing is left of it. */
  now(index: KeyIndex | undefined, visible: Visible, left: readonly IndexedRecord[]): void {
    this.#ledger.operations++;
    if (index === undefined) {
      if (left.length > 0) throw this.#differs('the key', `has ${text(left)}`, 'is not there');
      return;
    }
    const newest = left.at(-1)?.ordinal;
    const created = visible?.created ?? 0;
    const version = visible?.version ?? 0;
    const isRight =
      index.modified === newest &&
      index.version === version &&
      index.created === created &&
      index.isDeleted === (version === 0) &&
      !index.isEmpty;
    if (isRight) return;
    const should = `newest ordinal ${newest}, created ${created}, version ${version}`;
    const does = `newest ordinal ${index.modified}, created ${index.created}, version ${index.version}`;
    throw this.#differs(
      'the key as it is now',
      should,
      `${does}${index.isDeleted ? ', deleted' : ''}${index.isEmpty ? ', empty' : ''}`,
    );
  }

  /** A read at each ordinal, beyond both ends, too. Before what is left nothing is seen. */
  reads(index: KeyIndex, everywhere: readonly Visible[], left: readonly IndexedRecord[]): void {
    const first = left.at(0)?.ordinal ?? Number.POSITIVE_INFINITY;
    for (let at = -1; at < everywhere.length - 1; at++) {
      const found = index.get(at);
      const visible = at < first ? undefined : everywhere[at + 1];
      if (!isSame(found, visible)) throw this.#misread(at, visible, found);
    }
    this.#ledger.operations += everywhere.length;
  }

  #misread(at: number, visible: Visible, found: IndexedRevision | undefined): Error {
    const { main, sub } = this.#history.revisions[at] ?? { main: 0, sub: 0 };
    const should =
      visible === undefined
        ? 'none'
        : seenText(visible.record.ordinal, visible.created, visible.version);
    const does =
      found === undefined ? 'none' : seenText(found.modified, found.created, found.version);
    const isLast = this.#history.revisions.at(at + 1)?.main !== main;
    if (at >= 0 && isLast) {
      return this.#history.differs({ op: 'get', key: KEY, revision: main }, should, does);
    }
    return this.#differs(`get ${KEY} at ordinal ${at}, revision ${main}.${sub}`, should, does);
  }

  /** Four answers: what it is made of, generation by generation, and the walks over it. */
  structure(index: KeyIndex, left: readonly IndexedRecord[], from: number): void {
    const { closed } = index;
    const open = index.isDeleted ? [] : index.open;
    const does = [...closed.map(({ revisions }) => revisions), open];
    const life = generationsOf(left).map(({ records }) => records.map(({ ordinal }) => ordinal));
    this.#list('generations', life, does);
    this.#lives(index, left);
    const walked: number[] = [];
    index.walk((ordinal, tombstone) => {
      walked.push(tombstone ? -ordinal : ordinal);
      return true;
    });
    const backwards = left.map(({ ordinal, tombstone }) => (tombstone ? -ordinal : ordinal));
    this.#list('every record, newest first', [backwards.reverse()], [walked]);
    const { revisions } = this.#history;
    const later = since(left, from).map(({ ordinal }) => ordinal);
    const first = this.#history.floor(from - 1) + 1;
    const found = index.since(first, (ordinal) => revisions[ordinal]!.main);
    this.#list(`records since revision ${from}`, [later], [found]);
    if (left.some((record, at) => record.main >= from && record.main === left[at + 1]?.main)) {
      this.#ledger.exercised('R87');
    }
  }

  /** What is kept of a generation says when it began, and how many records it ever had. */
  #lives(index: KeyIndex, left: readonly IndexedRecord[]): void {
    this.#ledger.operations++;
    const held = new Set(left);
    const lives = generationsOf(this.#history.records)
      .filter(({ records }) => records.some((record) => held.has(record)))
      .filter(({ records }) => records.at(-1)!.tombstone);
    for (const [at, { created, records }] of lives.entries()) {
      const found = index.closed[at]!;
      // Of a lone tombstone nobody asks: it ends a life that a restart knows nothing of (R89b).
      if (found.revisions.length === 1) continue;
      if (found.created === created && found.version === records.length) continue;
      throw this.#differs(
        `generation ${at}`,
        `created ${created}, version ${records.length}`,
        `created ${found.created}, version ${found.version}`,
      );
    }
  }

  numbers(asked: string, should: readonly number[], does: readonly number[]): void {
    this.#list(asked, [should], [does]);
  }

  #list(
    asked: string,
    should: readonly (readonly number[])[],
    does: readonly (readonly number[])[],
  ): void {
    this.#ledger.operations++;
    if (!isSameList(should, does)) throw this.#differs(asked, listText(should), listText(does));
  }

  #differs(asked: string, should: string, does: string): Error {
    return this.#history.differs(asked, should, does);
  }
}

function isSame(found: IndexedRevision | undefined, visible: Visible): boolean {
  if (found === undefined || visible === undefined) return (found ?? visible) === undefined;
  return (
    found.modified === visible.record.ordinal &&
    found.created === visible.created &&
    found.version === visible.version
  );
}

function isSameList(a: readonly (readonly number[])[], b: readonly (readonly number[])[]): boolean {
  if (a.length !== b.length) return false;
  return a.every((list, at) => {
    const other = b[at]!;
    return list.length === other.length && list.every((number, at) => number === other[at]);
  });
}

const seenText = (ordinal: number, created: number, version: number): string =>
  `ordinal ${ordinal}, create ${created} version ${version}`;

const listText = (lists: readonly (readonly number[])[]): string =>
  lists.map((list) => `{ ${list.join(', ')} }`).join(' ');

const text = (records: readonly IndexedRecord[]): string =>
  listText([records.map(({ ordinal }) => ordinal)]);
