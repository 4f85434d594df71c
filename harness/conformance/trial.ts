/**
 * A fresh model and a fresh store, and commands given to both by hand: for properties that say for themselves
 * what happens when. Whole programs are run by `store-trial.ts`.
 */
import { Model } from '../../spec/model.ts';
import type { Operation, Response } from '../../spec/types.ts';
import { confront, Disagreement, textOf } from './audit.ts';
import type { Session } from '../stores/session.ts';
import type { Shape } from '../stores/shapes.ts';
import type { Draft } from '../traffic/draft.ts';
import { TXN_OPS_MAX } from '../traffic/txn.ts';
import { REQUEST_BYTES_MAX } from '../traffic/vocabulary.ts';

/** Asked all at once. */
export interface Command {
  readonly drafts: readonly Draft[];
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
