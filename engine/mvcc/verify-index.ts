/**
 * The index against the log, both ways: every record that is alive has its place in its key's history, and
 * every place in a history is a record of that key. Each look is at one moment, and between two anything may
 * happen to the store: what must hold, holds after every transaction.
 *
 * The records are read once, in log order: in key order each would be another part of the disk. Since every
 * record has then been seen in the history of its own key, a place that is another key's is in two histories.
 */
import type { Revisions } from '../backend/backend.ts';
import { AFTER_ALL_KEYS, type KeyString, printable } from '../base/bytes.ts';
import { VarveError } from '../base/errors.ts';
import { type KeyIndex, lastAtMost } from './key-index.ts';
import type { TreeIndex } from './tree-index.ts';

export type Report = (problem: string) => void;

const ADVICE = 'remove CHECKPOINT and open the store again, which builds the index from the log';
const SLICE_RECORDS = 128;

/** Yields between slices. */
export function* verifyIndex(
  index: TreeIndex,
  revisions: Revisions,
  report: Report,
): Generator<void, void, void> {
  const claims = new Claims(revisions.count);
  yield* verifyRecords(index, revisions, report);
  yield* verifyKeys(index, revisions, claims, report);
}

/** Which ordinals are in a history, of those that there are at the beginning. */
class Claims {
  readonly #count: number;
  readonly #bits: Uint8Array;

  constructor(count: number) {
    this.#count = count;
    this.#bits = new Uint8Array(Math.ceil(count / 8));
  }

  /** False if it is in another one already. */
  claim(ordinal: number): boolean {
    if (ordinal >= this.#count) return true;
    const at = Math.floor(ordinal / 8);
    const bit = 1 << (ordinal % 8);
    if ((this.#bits[at]! & bit) !== 0) return false;
    this.#bits[at]! |= bit;
    return true;
  }
}

function* verifyRecords(
  index: TreeIndex,
  revisions: Revisions,
  report: Report,
): Generator<void, void, void> {
  let slice = 0;
  const upper = revisions.count;
  let ordinal = revisions.nextLeft(0);
  for (; ordinal < upper; ordinal = revisions.nextLeft(ordinal + 1)) {
    if (!revisions.isDead(ordinal)) {
      const problem = readable(() => problemOf(index, revisions, ordinal));
      if (problem !== undefined) report(problem);
    }
    if (++slice % SLICE_RECORDS === 0) yield;
  }
}

/** What is damaged on disk is a problem like any other. */
function readable(read: () => string | undefined): string | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof VarveError && error.code === 'ERR_CORRUPT') return error.message;
    throw error;
  }
}

function problemOf(index: TreeIndex, revisions: Revisions, ordinal: number): string | undefined {
  const stored = revisions.read(ordinal);
  const { main, sub, create, version } = stored;
  const key = stored.key();
  const where = `revision ${main}.${sub} of key "${printable(key)}"`;
  if (main !== revisions.mainOf(ordinal) || sub !== revisions.subOf(ordinal)) {
    const expected = `${revisions.mainOf(ordinal)}.${revisions.subOf(ordinal)}`;
    return `${where} lies where ${expected} is expected: ${ADVICE}`;
  }
  const life = index.keyIndex(key);
  if (life === undefined) return `${where} is in the log, and the index has no such key: ${ADVICE}`;
  const place = placeOf(life, ordinal);
  if (place === undefined) {
    return `${where} is in the log, and not in the key's history: ${ADVICE}`;
  }
  const isTombstone = revisions.isTombstone(ordinal);
  if (place.isTombstone !== isTombstone) {
    const [found, indexed] = isTombstone ? ['tombstone', 'put'] : ['put', 'tombstone'];
    return `${where} is a ${found} in the log, and the index takes it for a ${indexed}: ${ADVICE}`;
  }
  if (isTombstone || (place.created === create && place.version === version)) return undefined;
  const found = `version ${version}, created in ${create}`;
  const indexed = `version ${place.version}, created in ${place.created}`;
  return `${where} is ${found} in the log, and ${indexed} in the index: ${ADVICE}`;
}

interface Place {
  readonly created: number;
  readonly version: number;
  readonly isTombstone: boolean;
}

function placeOf(life: KeyIndex, ordinal: number): Place | undefined {
  const { created, version } = life;
  const open = life.isDeleted ? [] : life.open;
  const generations = [...life.closed, { created, version, revisions: open }];
  for (const [g, generation] of generations.entries()) {
    const { revisions } = generation;
    const at = lastAtMost(revisions, ordinal);
    if (at < 0 || revisions[at] !== ordinal) continue;
    const after = revisions.length - 1 - at;
    const isTombstone = g < generations.length - 1 && after === 0;
    return { created: generation.created, version: generation.version - after, isTombstone };
  }
  return undefined;
}

function* verifyKeys(
  index: TreeIndex,
  revisions: Revisions,
  claims: Claims,
  report: Report,
): Generator<void, void, void> {
  let from: KeyString | undefined = '';
  while (from !== undefined) {
    const start: KeyString = from;
    let left = SLICE_RECORDS;
    let alive = 0;
    from = undefined;
    index.visitIndices(start, AFTER_ALL_KEYS, (life) => {
      if (left <= 0) {
        from = life.key;
        return false;
      }
      left -= 1 + life.closed.length;
      if (!life.isDeleted) alive++;
      const problem = readable(() => keyProblem(index, revisions, claims, life));
      if (problem !== undefined) report(problem);
      return true;
    });
    const counted = index.countRevisions(start, from ?? AFTER_ALL_KEYS, revisions.count);
    if (counted !== alive) {
      report(
        `keys from "${printable(start)}" on: ${alive} exist and ${counted} are counted: ${ADVICE}`,
      );
    }
    yield;
  }
}

function keyProblem(
  index: TreeIndex,
  revisions: Revisions,
  claims: Claims,
  life: KeyIndex,
): string | undefined {
  const where = `key "${printable(life.key)}"`;
  if (index.keyIndex(life.key) !== life) {
    return `${where} is not the same in the tree and in the hash table: ${ADVICE}`;
  }
  if (life.isEmpty) return `${where} has no history: ${ADVICE}`;
  let last = -1;
  for (const ordinal of ordinalsOf(life)) {
    if (ordinal <= last || ordinal >= revisions.count || revisions.isDead(ordinal)) {
      return `${where}: its history has a revision that is not in the log (ordinal ${ordinal}): ${ADVICE}`;
    }
    last = ordinal;
    if (claims.claim(ordinal)) continue;
    const main = revisions.mainOf(ordinal);
    const owner = revisions.read(ordinal).key();
    return owner === life.key
      ? `${where}: another key's history has its revision ${main}, too: ${ADVICE}`
      : `${where}: its history has revision ${main}, which is one of "${printable(owner)}": ${ADVICE}`;
  }
  if (last === life.modified) return undefined;
  return `${where}: its newest revision is not the last one of its history: ${ADVICE}`;
}

function* ordinalsOf(life: KeyIndex): Generator<number, void, void> {
  for (const { revisions } of life.closed) yield* revisions;
  if (!life.isDeleted) yield* life.open;
}
