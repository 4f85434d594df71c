/**
 * The multi-version store on trial, over the memory backend: the same operations to it and to the model,
 * with the removal of what is compacted going on in slices between them.
 */
import { KvStore } from '../../engine/mvcc/index.ts';
import { describeOperation, responseLines } from '../../spec/describe.ts';
import { Model } from '../../spec/model.ts';
import type { Operation, Response } from '../../spec/types.ts';
import { Divergence } from './divergence.ts';
import type { Ledger } from './ledger.ts';
import { audit, auditReads, auditRecords } from './mvcc-target-audit.ts';
import { type MvccCommand, type MvccOperation, mvccPrograms } from './mvcc-target-program.ts';
import { exercise, MVCC_RULES } from './mvcc-target-rules.ts';
import { isSame } from './mvcc-target-same.ts';
import { hashed, MvccSession } from './mvcc-target-session.ts';
import type { Target } from './target.ts';

export const mvccTarget: Target<readonly MvccCommand[]> = mvccTargetOf(KvStore);

/** A canary is another store. */
export function mvccTargetOf(Store: typeof KvStore): Target<readonly MvccCommand[]> {
  return {
    name: 'mvcc',
    rules: MVCC_RULES,
    programs: mvccPrograms,
    run(program, ledger) {
      const trial = new MvccTrial(Store, ledger);
      try {
        trial.run(program);
      } catch (error) {
        throw trial.fallen(error);
      }
    },
  };
}

export class MvccTrial {
  readonly model: Model = new Model();
  readonly session: MvccSession;
  readonly #ledger: Ledger;
  readonly #story: (Operation | string)[] = [];
  readonly #compactions: number[] = [];

  constructor(Store: typeof KvStore, ledger: Ledger) {
    this.session = new MvccSession(Store);
    this.#ledger = ledger;
  }

  run(program: readonly MvccCommand[]): void {
    this.#begin();
    for (const command of program) this.#obey(command);
    auditReads(this, this.#ledger);
    for (const name of this.model.snapshots.keys()) this.confront({ op: 'release', name });
    this.#slices(Number.POSITIVE_INFINITY);
    this.confront({ op: 'defragment' });
    this.confront({ op: 'restart' });
    audit(this, this.#ledger);
    // Nobody holds anything back any more.
    auditRecords(this, this.#ledger, this.model.compactRevision);
  }

  /** R1: one answer. */
  #begin(): void {
    const { kv } = this.session;
    this.#ledger.operations++;
    this.#ledger.exercised('R1');
    if (kv.rev() === 1 && kv.firstRev() === -1) return;
    throw this.differs('a new store', ['revision 1'], [`revision ${kv.rev()}`]);
  }

  #obey(command: MvccCommand): void {
    if (command.op === 'slices') {
      this.#slices(command.slices);
      return;
    }
    const operation = command.draft(this.model);
    if (command.op === 'hash') this.#hash(operation, command);
    else this.confront(operation);
  }

  confront(operation: MvccOperation): void {
    this.#story.push(operation);
    const { model, session } = this;
    const expected = this.#expect(operation);
    const settled = session.isSettled;
    const found = session.answer(operation);
    this.#compare(operation, expected, found);
    if (expected.kind === 'write') this.#compareChanges();
    if (operation.op === 'compact' && expected.kind === 'done') {
      this.#compactions.push(operation.revision);
    }
    if (operation.op === 'restart' && !settled && model.compactRevision > 0) {
      this.#ledger.exercised('R89a');
    }
  }

  #expect(operation: MvccOperation): Response {
    const before = this.model.clone();
    const expected = this.model.step(operation);
    exercise(this.#ledger, before, operation, expected);
    return expected;
  }

  #compare(operation: Operation, expected: Response, found: Response): void {
    this.#ledger.operations++;
    if (!isSame(expected, found)) throw this.#differing(operation, expected, found);
  }

  /** R5: one answer, the changes of a write transaction in the order they were made. */
  #compareChanges(): void {
    const { changes, revision } = this.model;
    const events = this.session.changed();
    const made = changes.slice(changes.length - events.length).map((change) => {
      const isLast = change.revision === revision;
      return `${change.type} ${change.key} ${isLast}`;
    });
    const told = events.map((event) =>
      event.type === 'put'
        ? `put ${event.kv.key} ${event.kv.modRevision === revision}`
        : `delete ${event.key} ${event.revision === revision}`,
    );
    this.#ledger.operations++;
    if (!isSame(made, told)) throw this.differs('changes of the transaction', made, told);
  }

  /** The hash is of the moment that it began at, whatever is put meanwhile. */
  #hash(operation: MvccOperation, { puts }: MvccCommand & { op: 'hash' }): void {
    if (operation.op !== 'hashkv') return;
    const { kv } = this.session;
    const drafts = puts.map((draft) => draft(this.model));
    if (drafts.length === 0 || operation.revision! > this.model.revision) {
      this.confront(operation);
      return;
    }
    if (operation.revision! > 0 && operation.revision! < this.model.compactRevision) {
      this.confront(operation);
      return;
    }
    const expected = this.#expect(operation);
    const slices = kv.hashByRev(operation.revision!);
    let slice = slices.next();
    this.#story.push('the hash of the next hashkv begins');
    for (const put of drafts) this.confront(put);
    while (slice.done !== true) slice = slices.next();
    this.#story.push(operation);
    this.#compare(operation, expected, hashed(slice.value));
  }

  #slices(most: number): void {
    for (let left = most; left > 0; ) {
      const { ran, finished } = this.session.runSlices(left);
      if (ran === 0) return;
      left -= ran;
      this.#story.push(`${ran} slices of the removal of what is compacted`);
      if (ran > 1) this.#ledger.exercised('R89');
      if (finished !== undefined) auditRecords(this, this.#ledger, finished);
    }
  }

  tell(line: string): void {
    this.#story.push(line);
  }

  /** For what is asked beside the story. */
  differsIn(operation: Operation, expected: Response, found: Response): Divergence {
    this.#story.push(operation);
    return this.#differing(operation, expected, found);
  }

  #differing(operation: Operation, expected: Response, found: Response): Divergence {
    return this.differs(operation, responseLines(expected), responseLines(found));
  }

  /** `asked` is an operation, which the story has, or what was looked at. */
  differs(
    asked: Operation | string,
    should: readonly string[],
    does: readonly string[],
    options?: ErrorOptions,
  ): Divergence {
    if (typeof asked === 'string') this.#story.push(asked);
    const program = this.#story.map((line) =>
      typeof line === 'string' ? `# ${line}` : describeOperation(line),
    );
    const { changes } = this.model;
    const operation = program.at(-1)!;
    return new Divergence(
      { program, operation, should, does, changes, compactions: this.#compactions, lanes: [] },
      options,
    );
  }

  /** What is thrown has a story, too. */
  fallen(error: unknown): unknown {
    if (error instanceof Divergence || !(error instanceof Error)) return error;
    return this.differs('it throws', ['an answer'], [error.stack ?? error.message], {
      cause: error,
    });
  }
}
