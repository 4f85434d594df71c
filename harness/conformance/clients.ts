/** Clients that ask at the same time, in an order that fast-check's scheduler picks and shrinks. */
import type { Scheduler } from 'fast-check';
import { describeOperation, responseLines } from '../../spec/describe.ts';
import type { Call } from '../../spec/guarantees/calls.ts';
import { atomic, monotonic } from '../../spec/guarantees/kv.ts';
import type { Model } from '../../spec/model.ts';
import type { Session } from '../stores/session.ts';
import type { Draft } from '../traffic/draft.ts';
import { disagreement, patiently } from './audit.ts';
import { anything, type Instead } from './instead.ts';
import { linearize } from './linearize.ts';
import { isSame } from './same.ts';
import type { StoryLine } from './story.ts';

export interface AskOptions {
  readonly instead?: Instead;
  readonly isWatched?: boolean;
  /** Told before one is asked for. Whether it is refused depends on what else is under way. */
  readonly onCompact?: (revision: number) => void;
}

/** All calls in an order that explains their answers; the model stays as it was. */
export async function askClients(
  model: Model,
  session: Session,
  clients: readonly (readonly Draft[])[],
  scheduler: Scheduler | undefined,
  story: StoryLine[],
  { instead = anything, isWatched = false, onCompact }: AskOptions = {},
): Promise<readonly Call[]> {
  // What is asked depends on what was asked before: as if calls took effect at once.
  const guess = model.clone();
  const calls: Call[] = [];
  let moment = 0;
  const serve = async (client: readonly Draft[], number: number): Promise<void> => {
    for (const draft of client) {
      await scheduler?.schedule(Promise.resolve(), `client ${number}`);
      const operation = instead.operation(draft(guess), {
        now: guess,
        settled: model,
        isWatched,
      });
      guess.step(operation);
      if (operation.op === 'compact') onCompact?.(operation.revision);
      const invokedAt = moment++;
      story.push(`# client ${number}:`, operation);
      const response = await patiently(session.answer(operation));
      calls.push({ operation, response, invokedAt, returnedAt: moment++ });
    }
  };
  const all = Promise.all(clients.map((client, index) => serve(client, index + 1)));
  await (scheduler === undefined ? all : scheduler.waitFor(all));
  return linearize(model, calls) ?? inOrder(model, calls, story);
}

/** No order explains them: the first answer that is none in the order of the calls is shown. */
function inOrder(model: Model, calls: readonly Call[], story: StoryLine[]): never {
  const called = model.clone();
  for (const { operation, response } of calls.toSorted((a, b) => a.invokedAt - b.invokedAt)) {
    const should = called.step(operation);
    if (response === undefined || isSame(should, response)) continue;
    story.push('# no order of these explains all answers; one that does not fit is shown');
    const wrong = [...monotonic(calls, model.revision), ...atomic(calls)];
    story.push(...wrong.map((text) => `# ${text}`));
    const line = describeOperation(operation);
    throw disagreement(story, line, responseLines(should), responseLines(response));
  }
  throw new Error('the order of the calls explains the answers');
}
