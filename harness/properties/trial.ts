/**
 * One trial: the same commands to the model and to a store. Answers must be equal one by one, and at
 * the end every key at every revision, before and after a restart.
 */
import { describeOperation, describeResponse } from '../../spec/describe.ts';
import { stateAt } from '../../spec/history.ts';
import { Model } from '../../spec/model.ts';
import type { Operation, Response } from '../../spec/types.ts';
import type { Session } from './session.ts';
import type { Target } from './targets.ts';
import type { Command } from './traffic.ts';
import { REQUEST_BYTES_MAX } from './vocabulary.ts';

/** The message is the whole story: every command and answer up to the one that differs. */
export class Disagreement extends Error {
  override readonly name = 'Disagreement';
}

export async function trial(target: Target, commands: readonly Command[]): Promise<void> {
  const model = new Model({ requestBytesMax: REQUEST_BYTES_MAX });
  const session = await target.open({ maxRequestBytes: REQUEST_BYTES_MAX });
  const story: string[] = [];
  try {
    for (const command of commands) await obey(command, model, session, story);
    audit(model, session, story);
    await obey({ drafts: [() => ({ op: 'restart' })] }, model, session, story);
    audit(model, session, story);
    story.push('# close');
    await session.store.close();
  } catch (error) {
    // A second failure on the way out would hide the first.
    await session.store.close().catch(() => {});
    if (error instanceof Disagreement) throw error;
    throw new Disagreement([...story, `  throws ${textOf(error)}`].join('\n'), { cause: error });
  }
}

async function obey(
  { drafts }: Command,
  model: Model,
  session: Session,
  story: string[],
): Promise<void> {
  // Each draft is worked out against the model as the drafts before it leave it.
  const operations: Operation[] = [];
  const expected: Response[] = [];
  for (const draft of drafts) {
    const operation = draft(model);
    operations.push(operation);
    expected.push(model.step(operation));
  }
  if (operations.length > 1) story.push('# all of these at once:');
  await confront(operations, expected, session, story);
}

async function confront(
  operations: readonly Operation[],
  expected: readonly Response[],
  session: Session,
  story: string[],
): Promise<void> {
  const pending = await Promise.allSettled(
    operations.map((operation) => session.answer(operation)),
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

/** All of it as a range and key by key: these take different paths. By the shortest door of each. */
function audit(model: Model, session: Session, story: string[]): void {
  story.push('# every key at every revision');
  const keys = new Set(model.changes.map(({ key }) => key));
  for (let revision = 1; revision <= model.revision; revision++) {
    const reads: Operation[] = [
      { op: 'range', selector: { all: true }, revision },
      ...[...keys].map((key): Operation => ({ op: 'get', key, revision })),
    ];
    const state = stateAt(model.changes, revision);
    const at = new Map(state.map((kv) => [kv.key, kv]));
    for (const read of reads) {
      const should = describeResponse(
        read.op === 'get' ? { kind: 'get', kv: at.get(read.key) } : model.step(read),
      );
      const does = describeResponse(session.answerSync(read));
      if (does === should) continue;
      throw new Disagreement(tell([...story, describeOperation(read)], should, does));
    }
  }
}

function tell(story: readonly string[], should: string, does: string): string {
  return [...story, `  should answer: ${should}`, `  answers:       ${does}`].join('\n');
}

function textOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
