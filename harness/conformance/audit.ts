/**
 * Everything a store says of its past, against the model: every key at every revision, the past as events,
 * what differs, and hashes. And how a difference is told.
 */
import { describeOperation, describeResponse, responseLines } from '../../spec/describe.ts';
import type { Model } from '../../spec/model.ts';
import type { Operation, Response } from '../../spec/types.ts';
import type { Session } from '../stores/session.ts';
import type { Evidence } from '../targets/divergence.ts';
import { RevisionAudit } from './audit-revisions.ts';
import { anything, type Instead } from './instead.ts';
import { isSame } from './same.ts';
import { linesOf, type StoryLine } from './story.ts';

/** What was asked and the two answers; the message is the whole story up to there. */
export interface Difference {
  readonly operation: string;
  readonly should: readonly string[];
  readonly does: readonly string[];
}

export class Disagreement extends Error {
  override readonly name = 'Disagreement';
  readonly difference: Difference | undefined;

  constructor(message: string, options?: ErrorOptions & { readonly difference?: Difference }) {
    super(message, options);
    this.difference = options?.difference;
  }
}

/** What an error tells, and the story that led to it. `isOfWatches`: what is wrong, those tell themselves. */
export function told(
  error: unknown,
  story: readonly StoryLine[],
  isOfWatches: boolean,
): Difference & Pick<Evidence, 'program'> {
  const difference = error instanceof Disagreement ? error.difference : undefined;
  const isThrown = difference === undefined && !isOfWatches;
  return {
    ...(difference ?? { operation: '', should: [], does: [] }),
    program: [...linesOf(story), ...(isThrown ? `# throws ${textOf(error)}`.split('\n') : [])],
  };
}

/**
 * Ranges and single keys take different paths. Below the compacted revision everything is refused.
 * Returns how many answers were compared.
 */
export async function audit(
  model: Model,
  session: Session,
  story: StoryLine[],
  revisions: RevisionAudit = new RevisionAudit(model, session, story),
  instead: Instead = anything,
): Promise<number> {
  const circumstances = { now: model, settled: model, isWatched: false };
  const whole = wholes(model, session).map((each) => instead.operation(each, circumstances));
  for (const operation of whole) {
    await confront([operation], [model.step(operation)], session, story);
  }
  story.push('# every key at every revision');
  return whole.length + (await revisions.all());
}

/** Questions about all of history, of those that the store understands. */
function wholes(model: Model, { store }: Session): Operation[] {
  const from = Math.max(model.compactRevision, 0);
  const hashes: Operation[] = [
    { op: 'hashkv' },
    { op: 'hashkv', revision: Math.ceil((from + model.revision) / 2) },
  ];
  if (store.history === undefined) return hashes;
  return [
    { op: 'history', selector: { all: true } },
    { op: 'diff', selector: { all: true }, from },
    ...hashes,
  ];
}

/** All of them at once; what each should answer is known. */
export async function confront(
  operations: readonly Operation[],
  expected: readonly Response[],
  session: Session,
  story: StoryLine[],
): Promise<void> {
  const pending = await Promise.allSettled(
    operations.map((operation) => patiently(session.answer(operation))),
  );
  for (const [index, settled] of pending.entries()) {
    story.push(describeOperation(operations[index]!));
    judgeAnswer(operations[index]!, expected[index]!, settled, story);
  }
}

/** Its answer should be this one; it is part of the story already. */
export function judgeAnswer(
  operation: Operation,
  expected: Response,
  settled: PromiseSettledResult<Response>,
  story: readonly StoryLine[],
): void {
  if (settled.status === 'fulfilled' && isSame(expected, settled.value)) return;
  const line = describeOperation(operation);
  if (settled.status === 'rejected') {
    const cause: unknown = settled.reason;
    throw disagreement(story, line, responseLines(expected), textOf(cause).split('\n'), cause);
  }
  if (describeResponse(expected) === describeResponse(settled.value)) return;
  throw disagreement(story, line, responseLines(expected), responseLines(settled.value));
}

/** A change that was made and should not have been, or the other way round, may have been the last one. */
export async function judgeRevision(
  { revision }: Model,
  session: Session,
  story: readonly StoryLine[],
): Promise<void> {
  const found = await session.revision();
  if (found === revision) return;
  throw disagreement(story, 'the revision', [`revision ${revision}`], [`revision ${found}`]);
}

export function disagreement(
  story: readonly StoryLine[],
  operation: string,
  should: readonly string[],
  does: readonly string[],
  cause?: unknown,
): Disagreement {
  const text = [
    ...linesOf(story),
    `  should answer: ${should.map(trimmed).join(' | ')}`,
    `  answers:       ${does.map(trimmed).join(' | ')}`,
  ];
  return new Disagreement(text.join('\n'), { cause, difference: { operation, should, does } });
}

const trimmed = (line: string): string => line.trim();

/** A store that hangs has a story, too. */
export function patiently<T>(answer: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const hangs = (): void => reject(new Error(`no answer for ${PATIENCE_MS} ms`));
    const timer = setTimeout(hangs, PATIENCE_MS);
    answer.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

const PATIENCE_MS = 5000;

export function textOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
