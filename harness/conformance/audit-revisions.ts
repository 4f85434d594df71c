/**
 * Every key at every revision that can be read, and all keys at once; a few revisions below the compacted one,
 * which are refused. A store in this process is asked in the shortest way there is, so that this costs little
 * and can be done after every program.
 */
import { stateAt } from '../../spec/history.ts';
import type { Model } from '../../spec/model.ts';
import type { Operation } from '../../spec/types.ts';
import type { Session } from '../stores/session.ts';
import { judgeAnswer } from './audit.ts';
import { isSame } from './same.ts';
import type { StoryLine } from './story.ts';

/** Refused revisions that are asked for: just below the compacted one, and the first. */
const REFUSED_MAX = 3;

/** Returns how many answers were compared. */
export async function auditRevisions(
  model: Model,
  session: Session,
  story: StoryLine[],
): Promise<number> {
  const { revision: current, compactRevision } = model;
  const keys = [...new Set(model.changes.map(({ key }) => key))];
  let count = 0;
  for (let revision = 1; revision <= current; revision++) {
    const isRefused = revision < compactRevision;
    if (isRefused && revision > 1 && revision < compactRevision - REFUSED_MAX) continue;
    await ask({ op: 'range', selector: { all: true }, revision }, model, session, story);
    count++;
    if (isRefused) continue;
    count += keys.length;
    const state = new Map(stateAt(model.changes, revision).map((kv) => [kv.key, kv]));
    for (const key of keys) {
      if (isQuick(session) && session.holds(key, revision, state.get(key))) continue;
      await ask({ op: 'get', key, revision }, model, session, story);
    }
  }
  return count;
}

/**
 * Every key there ever was, as it is now: what a command did that it should not have done shows at once, and not
 * only where somebody asks. Returns how many answers were compared.
 */
export async function auditPresent(
  model: Model,
  session: Session,
  story: StoryLine[],
): Promise<number> {
  if (!isQuick(session)) return 0;
  const state = new Map(stateAt(model.changes, model.revision).map((kv) => [kv.key, kv]));
  const keys = new Set(model.changes.map(({ key }) => key));
  for (const key of keys) {
    if (session.holds(key, 0, state.get(key))) continue;
    await ask({ op: 'get', key }, model, session, story);
  }
  return keys.size;
}

async function ask(
  read: Operation,
  model: Model,
  session: Session,
  story: StoryLine[],
): Promise<void> {
  const value = isQuick(session) ? session.answerSync(read) : await session.answer(read);
  const expected = model.step(read);
  if (isSame(value, expected)) return;
  judgeAnswer(read, expected, { status: 'fulfilled', value }, [...story, read]);
}

const isQuick = ({ store }: Session): boolean => store.getSync !== undefined;
