/**
 * The history that one key's index is a part of: every ordinal with its revision, and which of them are
 * the key's. What the key's records mean is for `spec/generations.ts` to say.
 *
 *     ordinal      0      1      2      3      4          the key's records: 0, 2 and 4
 *     revision     2.0    3.0    3.1    5.0    5.1        3.0 and 5.0 are other keys', 4 has none
 */
import { describeOperation } from '../../spec/describe.ts';
import {
  isAfter,
  type KeyRecord,
  leftAfter,
  type Revision,
  type Seen,
  seenAt,
} from '../../spec/generations.ts';
import type { Change } from '../../spec/history.ts';
import type { Delete, Operation, Put, WriteStep } from '../../spec/types.ts';
import { Divergence } from './divergence.ts';
import type { Place } from './index-target-program.ts';

export interface IndexedRecord extends KeyRecord {
  readonly ordinal: number;
}

export const KEY = 'k';
const OTHER_KEY = 'other';

export class KeyHistory {
  /** Revisions by ordinal. */
  readonly revisions: Revision[] = [];
  /** Every record of the key there ever was. */
  records: IndexedRecord[] = [];
  /** Those that are left. */
  left: IndexedRecord[] = [];
  current = 1;
  /** -1: nothing was ever compacted. */
  compacted = -1;
  readonly #story: (Operation | string)[] = [];

  get isAlive(): boolean {
    return this.records.at(-1)?.tombstone === false;
  }

  /** Transactions of other keys, and revisions of which there is no record. */
  pass({ others, gap }: Place): void {
    for (let n = 0; n < others; n++) {
      this.current++;
      this.revisions.push({ main: this.current, sub: 0 });
      this.#story.push({ op: 'put', key: OTHER_KEY, value: '' });
    }
    if (gap > 0) this.#story.push(`# ${gap} revisions without a record`);
    this.current += gap;
  }

  /** The transaction that the next records are made in. `behind`: another key's change comes first. */
  begin(behind: boolean): void {
    this.current++;
    if (behind) this.revisions.push({ main: this.current, sub: 0 });
  }

  /** As if it had not begun. */
  rollback(): void {
    const isBefore = ({ main }: Revision): boolean => main < this.current;
    this.records = this.records.filter(isBefore);
    this.left = this.left.filter(isBefore);
    this.revisions.length = this.revisions.filter(isBefore).length;
    this.current--;
  }

  add(tombstone: boolean): IndexedRecord {
    const last = this.revisions.at(-1);
    const sub = last?.main === this.current ? last.sub + 1 : 0;
    const record = { main: this.current, sub, tombstone, ordinal: this.revisions.length };
    this.revisions.push({ main: record.main, sub });
    this.records.push(record);
    this.left.push(record);
    return record;
  }

  compact(revision: number): void {
    this.compacted = revision;
    this.left = leftAfter(this.records, revision);
  }

  /** The last ordinal whose revision is at most this one, or -1. */
  floor(main: number): number {
    let floor = -1;
    for (const [ordinal, revision] of this.revisions.entries()) {
      if (revision.main <= main) floor = ordinal;
    }
    return floor;
  }

  /** What is seen at each ordinal, from -1 (stored at 0) to one past the last. */
  seenEverywhere(): (Seen<IndexedRecord> | undefined)[] {
    const seen = [undefined, ...this.revisions.map((at) => seenAt(this.records, at))];
    return [...seen, seen.at(-1)];
  }

  /** As its record has it on disk. */
  stored(record: IndexedRecord): { readonly created: number; readonly version: number } {
    return seenAt(this.records, record) ?? { created: 0, version: 0 };
  }

  tell(line: Operation | string): void {
    this.#story.push(line);
  }

  /** For as long as something is tried. */
  tellWhile(line: Operation, attempt: () => void): void {
    this.#story.push(line);
    attempt();
    this.#story.pop();
  }

  tellChanges(tombstones: readonly boolean[], behind: boolean, undone: boolean): void {
    const steps: WriteStep[] = behind ? [{ op: 'put', key: OTHER_KEY, value: '' }] : [];
    for (const tombstone of tombstones) {
      if (tombstone) steps.push({ op: 'delete', selector: { key: KEY } });
      else steps.push({ op: 'put', key: KEY, value: String(this.current) });
    }
    if (undone) steps.push({ op: 'throw' });
    const [first] = steps;
    const isSingle = steps.length === 1 && first!.op !== 'throw';
    this.#story.push(isSingle ? (first as Put | Delete) : { op: 'write', steps });
  }

  /** `asked` is an operation where there is one for it, and else what was looked at. */
  differs(asked: Operation | string, should: string, does: string): Divergence {
    const operation = typeof asked === 'string' ? `# ${asked}` : describeOperation(asked);
    const told = this.#story.map((line) =>
      typeof line === 'string' ? line : describeOperation(line),
    );
    return new Divergence({
      program: [...told, operation],
      operation,
      should: [should],
      does: [does],
      changes: this.#changes(),
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

  #changes(): Change[] {
    const others = this.revisions
      .filter(
        ({ main, sub }) => !this.records.some((mine) => mine.main === main && mine.sub === sub),
      )
      .map((other) => ({ ...other, tombstone: false, key: OTHER_KEY }));
    const all = [...this.records.map((record) => ({ ...record, key: KEY })), ...others];
    all.sort((a, b) => (isAfter(a, b) ? 1 : -1));
    return all.map(({ main, tombstone, key }) =>
      tombstone
        ? { type: 'delete', revision: main, key }
        : { type: 'put', revision: main, key, value: key === KEY ? String(main) : '', lease: 0n },
    );
  }
}
