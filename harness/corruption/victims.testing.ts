/** Small stores of which every detail is known, for damage that is tried byte by byte. */
import { parseOperation } from '../../spec/script-parser.ts';
import { realDoors } from './verdict.ts';
import { Court } from './court.ts';
import type { Event, Plan } from './life.ts';
import { type Victim, victimOf } from './victim.ts';

const plain = { restoreChunkRecords: 1000, hasLeftovers: false };
const NO_CHECKPOINT = { checkpointRecordsMin: 1_000_000, ...plain };

/**
 * Two segments, overwrites, deletes, one key several times in a revision. The first segment ends with
 * two frames that share a sector: the second must not pass for the empty rest of the first one's.
 */
const PAST: readonly Event[] = [
  doing('put b v{1000}', 'put c w{600}', 'put d v{700}', 'put e w{800}', 'write: put d 1; put a 3'),
  doing('write: put a 4; delete b; put b 5; delete a', 'put \\xff w{900}', 'put c 6'),
  { event: 'idle' },
  doing('put last 7'),
];

export const small: Readonly<Record<string, Plan>> = {
  'closed with a checkpoint': { events: PAST, end: 'closed', checkpointRecordsMin: 1, ...plain },
  'closed without one': { events: PAST, end: 'closed', ...NO_CHECKPOINT },
  'killed when idle': {
    events: [...PAST, { event: 'idle' }],
    end: 'killed',
    ...NO_CHECKPOINT,
  },
};

/** One segment, as short as they come, and a backup of it. */
export const tiny: Plan = {
  events: [doing('put a 1', 'write: put b 2; delete a'), { event: 'backup' }],
  end: 'closed',
  ...NO_CHECKPOINT,
};

export async function courtOf(plan: Plan): Promise<{ victim: Victim; court: Court }> {
  const victim = await victimOf(plan);
  // The quick checks only: the caller says when all are to be made.
  return { victim, court: new Court(victim, realDoors, () => 1) };
}

function doing(...lines: string[]): Event {
  return { event: 'do', operations: lines.map(parseOperation) };
}
