/** R127: a restart takes nothing from the time that a lease has left, and adds nothing to what was granted. */
import type { Grant } from '../../spec/model-lease.ts';
import type { Session } from '../stores/session.ts';
import { disagreement, patiently } from './audit.ts';
import type { StoryLine } from './story.ts';

/** A lease at the moment of a restart. */
export interface Left extends Grant {
  readonly left: number;
}

/** `advance` lets seconds go by, for store and model. Returns how many answers were compared. */
export async function judgeTimeLeft(
  leases: readonly Left[],
  session: Session,
  story: readonly StoryLine[],
  advance: (seconds: number) => Promise<void>,
): Promise<number> {
  const [first] = leases;
  if (first === undefined) return 0;
  // Whole seconds are told: a part of one that was lost shows when the rest of it goes by.
  const part = first.left % 1;
  const isPart = part > 0 && session.clock !== undefined;
  const passed = isPart && leases.every(({ left }) => left > part) ? part : 0;
  if (passed > 0) await advance(passed);
  for (const { id, ttl, left } of leases) {
    const least = Math.floor(left - passed);
    const { ttlSeconds } = await patiently(session.store.leases.timeToLive(id));
    if (ttlSeconds >= least && ttlSeconds <= ttl) continue;
    const should = [`between ${least} and ${ttl} seconds`];
    throw disagreement(story, `ttl ${id}`, should, [`${ttlSeconds} seconds`]);
  }
  return leases.length;
}
