/**
 * Everything a store says of its past, against the model: every key at every revision, the past as events,
 * what differs, and hashes. And how a difference is told.
 */
import { describeOperation, describeResponse } from '../../spec/describe.ts';
import { stateAt } from '../../spec/history.ts';
import type { Model } from '../../spec/model.ts';
import type { Operation, Response } from '../../spec/types.ts';
import type { Session } from '../stores/session.ts';

/** The message is the whole story: every command and answer up to the one that differs. */
export class Disagreement extends Error {
  override readonly name = 'Disagreement';
}

/** Ranges and single keys take different paths. Below the compacted revision everything is refused. */
export async function audit(model: Model, session: Session, story: string[]): Promise<void> {
  const from = Math.max(model.compactRevision, 0);
  const whole: Operation[] = [
    { op: 'history', selector: { all: true } },
    { op: 'diff', selector: { all: true }, from },
    { op: 'hashkv' },
    { op: 'hashkv', revision: Math.ceil((from + model.revision) / 2) },
  ];
  for (const operation of whole) {
    await confront([operation], [model.step(operation)], session, story);
  }
  story.push('# every key at every revision');
  for (let revision = 1; revision <= model.revision; revision++) {
    for (const [read, answer] of readsAt(model, revision)) {
      const should = describeResponse(answer);
      const does = describeResponse(session.answerSync(read));
      if (does === should) continue;
      throw new Disagreement(tell([...story, describeOperation(read)], should, does));
    }
  }
}

function readsAt(model: Model, revision: number): Map<Operation, Response> {
  const keys = [...new Set(model.changes.map(({ key }) => key))];
  const answers = new Map<Operation, Response>();
  const all: Operation = { op: 'range', selector: { all: true }, revision };
  answers.set(all, model.step(all));
  if (revision < model.compactRevision) {
    const get: Operation = { op: 'get', key: keys[revision % keys.length]!, revision };
    return answers.set(get, model.step(get));
  }
  const at = new Map(stateAt(model.changes, revision).map((kv) => [kv.key, kv]));
  for (const key of keys) {
    answers.set({ op: 'get', key, revision }, { kind: 'get', kv: at.get(key) });
  }
  return answers;
}

/** All of them at once; what each should answer is known. */
export async function confront(
  operations: readonly Operation[],
  expected: readonly Response[],
  session: Session,
  story: string[],
): Promise<void> {
  const pending = await Promise.allSettled(
    operations.map((operation) => patiently(session.answer(operation))),
  );
  for (const [index, settled] of pending.entries()) {
    story.push(describeOperation(operations[index]!));
    const should = describeResponse(expected[index]!);
    const does = settled.status === 'fulfilled' ? describeResponse(settled.value) : undefined;
    if (does === should) continue;
    const cause: unknown = settled.status === 'rejected' ? settled.reason : undefined;
    throw new Disagreement(tell(story, should, does ?? textOf(cause)), { cause });
  }
}

/** A store that hangs has a story, too. */
export function patiently<T>(answer: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const hangs = (): void => reject(new Error(`no answer for ${PATIENCE_MS} ms`));
    const timer = setTimeout(hangs, PATIENCE_MS);
    answer.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

const PATIENCE_MS = 5000;

function tell(story: readonly string[], should: string, does: string): string {
  return [...story, `  should answer: ${should}`, `  answers:       ${does}`].join('\n');
}

export function textOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
