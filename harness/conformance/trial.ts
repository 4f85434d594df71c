/**
 * One trial: the same commands to the model and to a store. Answers must be equal one by one, and at
 * the end the whole past, before and after a restart.
 */
import { Model } from '../../spec/model.ts';
import type { Operation, Response } from '../../spec/types.ts';
import { audit, confront, Disagreement, textOf } from './audit.ts';
import type { Session } from '../stores/session.ts';
import type { Shape } from '../stores/shapes.ts';
import type { Command } from '../traffic/commands.ts';
import { TXN_OPS_MAX } from '../traffic/txn.ts';
import { REQUEST_BYTES_MAX } from '../traffic/vocabulary.ts';

export function trial(shape: Shape, commands: readonly Command[]): Promise<void> {
  return onTrial(shape, async (model, session, story) => {
    for (const command of commands) await obey(command, model, session, story);
    await audit(model, session, story);
    await restart(model, session, story);
    await audit(model, session, story);
  });
}

/** A fresh model and a fresh store, and the story of what is done to them should it go wrong. */
export async function onTrial(
  shape: Shape,
  run: (model: Model, session: Session, story: string[]) => Promise<void>,
): Promise<void> {
  const model = new Model({ requestBytesMax: REQUEST_BYTES_MAX, txnOpsMax: TXN_OPS_MAX });
  const options = { maxRequestBytes: REQUEST_BYTES_MAX, maxTxnOps: TXN_OPS_MAX };
  const session = await shape.open(options);
  const story: string[] = [];
  try {
    await run(model, session, story);
    story.push('# close');
    await session.store.close();
  } catch (error) {
    // A second failure on the way out would hide the first.
    await session.store.close().catch(() => {});
    if (error instanceof Disagreement) throw error;
    throw new Disagreement([...story, `  throws ${textOf(error)}`].join('\n'), { cause: error });
  }
}

export async function obey(
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

export function restart(model: Model, session: Session, story: string[]): Promise<void> {
  return obey({ drafts: [() => ({ op: 'restart' })] }, model, session, story);
}
