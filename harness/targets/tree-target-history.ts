/**
 * What the index of all keys has to know: every record by ordinal, and what was alive after each of them,
 * written out in full.
 *
 *     ordinal    record            alive after it
 *     -1                           -
 *      0         2.0 put a         a: 0
 *      1         3.0 put b         a: 0, b: 1
 *      2         3.1 delete a      b: 1
 */
import { describeOperation } from '../../spec/describe.ts';
import { type KeyRecord, leftAfter, type Seen, seenAt } from '../../spec/generations.ts';
import type { Change } from '../../spec/history.ts';
import type { Bytes, Delete, Operation, Put } from '../../spec/types.ts';
import { Divergence } from './divergence.ts';
import type { TreeChange } from './tree-target-program.ts';

export interface TreeRecord extends KeyRecord {
  readonly key: Bytes;
  readonly ordinal: number;
}

/** A key that exists, and the ordinal of its put. */
export type Living = readonly [key: Bytes, ordinal: number];

const NONE: readonly TreeRecord[] = [];

export class TreeHistory {
  readonly records: TreeRecord[] = [];
  /** After each ordinal, in key order; the first one is before them all. */
  readonly #alive: (readonly Living[])[] = [[]];
  readonly #byKey = new Map<Bytes, TreeRecord[]>();
  current = 1;
  /** -1: nothing was ever compacted. */
  compacted = -1;
  readonly #story: (Operation | string)[] = [];

  get keys(): Iterable<Bytes> {
    return this.#byKey.keys();
  }

  recordsOf(key: Bytes): readonly TreeRecord[] {
    return this.#byKey.get(key) ?? NONE;
  }

  /** What is alive at this ordinal, or beyond the last one. */
  aliveAt(ordinal: number): readonly Living[] {
    return this.#alive[ordinal + 1] ?? this.#alive.at(-1)!;
  }

  range(low: Bytes, high: Bytes, ordinal: number): Living[] {
    return this.aliveAt(ordinal).filter(([key]) => key >= low && key < high);
  }

  isAlive(key: Bytes): boolean {
    return this.recordsOf(key).at(-1)?.tombstone === false;
  }

  seenAt(key: Bytes, ordinal: number): Seen<TreeRecord> | undefined {
    const at = this.records[Math.min(ordinal, this.records.length - 1)];
    return at === undefined ? undefined : seenAt(this.recordsOf(key), at);
  }

  add({ key, tombstone }: TreeChange, main: number, sub: number): TreeRecord {
    const record = { key, tombstone, main, sub, ordinal: this.records.length };
    this.records.push(record);
    if (!this.#byKey.has(key)) this.#byKey.set(key, []);
    this.#byKey.get(key)!.push(record);
    const others = this.#alive.at(-1)!.filter(([other]) => other !== key);
    const alive: Living[] = tombstone ? others : [...others, [key, record.ordinal]];
    this.#alive.push(alive.sort(([a], [b]) => (a < b ? -1 : 1)));
    return record;
  }

  takeBack(): TreeRecord {
    const record = this.records.pop()!;
    this.#alive.pop();
    const ofKey = this.#byKey.get(record.key)!;
    ofKey.pop();
    if (ofKey.length === 0) this.#byKey.delete(record.key);
    return record;
  }

  /** The last ordinal whose revision is at most this one, or -1. */
  floor(main: number): number {
    return this.records.findLastIndex((record) => record.main <= main);
  }

  /** Ordinals that a compaction at this revision takes, of all that there ever were. */
  goneAt(revision: number): Set<number> {
    const gone = new Set<number>();
    for (const ofKey of this.#byKey.values()) {
      const left = leftAfter(ofKey, revision);
      for (const record of ofKey) if (!left.includes(record)) gone.add(record.ordinal);
    }
    return gone;
  }

  tell(line: Operation | string): void {
    this.#story.push(line);
  }

  tellChanges(made: readonly TreeRecord[], undone: boolean): void {
    const steps = made.map(({ key, tombstone, ordinal }): Put | Delete =>
      tombstone ? { op: 'delete', selector: { key } } : { op: 'put', key, value: String(ordinal) },
    );
    const [first] = steps;
    if (steps.length === 1 && !undone) this.#story.push(first!);
    else this.#story.push({ op: 'write', steps: undone ? [...steps, { op: 'throw' }] : steps });
  }

  /** `asked` is an operation where there is one for it, and else what was looked at. */
  differs(asked: Operation | string, should: string, does: string): Divergence {
    const operation = typeof asked === 'string' ? `# ${asked}` : describeOperation(asked);
    const told = this.#story.map((line) =>
      typeof line === 'string' ? `# ${line}` : describeOperation(line),
    );
    return new Divergence({
      program: [...told, operation],
      operation,
      should: [should],
      does: [does],
      changes: this.records.map(changeOf),
      compactions: this.#story.flatMap((line) =>
        typeof line === 'object' && line.op === 'compact' ? [line.revision] : [],
      ),
      lanes: [],
    });
  }

  /** What is thrown has a story, too. */
  fallen(error: unknown): unknown {
    if (error instanceof Divergence || !(error instanceof Error)) return error;
    return this.differs('it throws', 'an answer', error.stack ?? error.message);
  }
}

function changeOf({ key, main, tombstone, ordinal }: TreeRecord): Change {
  if (tombstone) return { type: 'delete', revision: main, key };
  return { type: 'put', revision: main, key, value: String(ordinal), lease: 0n };
}
