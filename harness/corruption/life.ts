/** What a store goes through before it is damaged: everything that leaves something on disk. */
import { describeOperation } from '../../spec/describe.ts';
import { Model } from '../../spec/model.ts';
import type { Operation } from '../../spec/types.ts';

export type Event =
  /** Several are asked at once: puts, deletes and transactions only. */
  | { readonly event: 'do'; readonly operations: readonly Operation[] }
  | { readonly event: 'idle' }
  | { readonly event: 'reopen' }
  /** Once at most. */
  | { readonly event: 'backup' };

export interface Plan {
  readonly events: readonly Event[];
  readonly end: 'closed' | 'killed';
  /** A close with at least so many new records leaves a checkpoint. */
  readonly checkpointRecordsMin: number;
  /** Records that an open hands on at a time. */
  readonly restoreChunkRecords: number;
  /** What a killed process may have left beside the store. */
  readonly hasLeftovers: boolean;
}

export type Random = () => number;

export const below = (random: Random, end: number): number => Math.floor(random() * end);

export function oneOf<T>(random: Random, choices: readonly T[]): T {
  return choices[below(random, choices.length)]!;
}

const KEYS = ['a', 'ab', 'b', '\x00', '\xff', 'k'.repeat(200)];
/** The last begins as a frame does. */
const VALUES = ['', '1', '2', 'v'.repeat(100), 'w'.repeat(900), '\x56\x46\x52\x4d'];
const EVENTS_MAX = 24;
const TTL_SECONDS = 100_000;

export function drawPlan(random: Random): Plan {
  const model = new Model();
  const events: Event[] = [];
  const length = 3 + below(random, EVENTS_MAX - 2);
  const backupAt = random() < 0.5 ? below(random, length) : -1;
  for (let at = 0; at < length; at++) {
    const event = at === backupAt ? ({ event: 'backup' } as const) : drawEvent(random, model);
    if (event.event === 'do') for (const operation of event.operations) model.step(operation);
    events.push(event);
  }
  return {
    events,
    end: oneOf(random, ['closed', 'killed']),
    checkpointRecordsMin: oneOf(random, [1, 1_000_000]),
    restoreChunkRecords: oneOf(random, [7, 1000, 1000]),
    hasLeftovers: random() < 0.5,
  };
}

function drawEvent(random: Random, model: Model): Event {
  const share = random();
  if (share < 0.5) return { event: 'do', operations: [drawChange(random)] };
  if (share < 0.68) {
    const count = 2 + below(random, 3);
    return { event: 'do', operations: Array.from({ length: count }, () => drawChange(random)) };
  }
  if (share < 0.82) return { event: 'do', operations: [drawRare(random, model)] };
  return { event: share < 0.95 ? 'idle' : 'reopen' };
}

function drawChange(random: Random): Operation {
  const share = random();
  if (share < 0.65) return drawPut(random);
  if (share < 0.77) return drawDelete(random);
  const steps = Array.from({ length: 2 + below(random, 4) }, () =>
    random() < 0.6 ? drawPut(random) : drawDelete(random),
  );
  return { op: 'write', steps };
}

/** What is asked alone. */
function drawRare(random: Random, model: Model): Operation {
  const { leases, revision, compactRevision } = model;
  const lease = leases.length === 0 ? undefined : oneOf(random, leases).id;
  const first = Math.max(1, compactRevision + 1);
  switch (below(random, 6)) {
    case 0:
      if (first > revision) return drawPut(random);
      return {
        op: 'compact',
        revision: first + below(random, revision - first + 1),
        physical: true,
      };
    case 1:
      return { op: 'defragment' };
    case 2:
      return lease === undefined ? drawPut(random) : { op: 'revoke', id: lease };
    case 3:
      return lease === undefined ? drawPut(random) : { ...drawPut(random), lease };
    case 4:
      return drawTxn(random);
    default:
      return { op: 'grant', id: BigInt(1 + below(random, 1_000_000)), ttl: TTL_SECONDS };
  }
}

function drawTxn(random: Random): Operation {
  const compare = { selector: { key: oneOf(random, KEYS) }, target: 'version' } as const;
  const other = { ...drawPut(random), key: 'z' };
  return {
    op: 'txn',
    if: [{ ...compare, result: '>', operand: 0 }],
    then: [drawPut(random), other],
    else: [drawDelete(random), other],
  };
}

const drawPut = (random: Random): Operation & { op: 'put' } => ({
  op: 'put',
  key: oneOf(random, KEYS),
  value: oneOf(random, VALUES),
});

const drawDelete = (random: Random): Operation & { op: 'delete' } => ({
  op: 'delete',
  selector: random() < 0.7 ? { key: oneOf(random, KEYS) } : { prefix: 'a' },
});

export function storyOf({ events, end, checkpointRecordsMin }: Plan): string[] {
  const lines = events.map((event) =>
    event.event === 'do' ? event.operations.map(describeOperation).join(' & ') : event.event,
  );
  const closes = checkpointRecordsMin === 1 ? 'a close leaves a checkpoint' : 'no checkpoint';
  return [`# ${closes}`, ...lines, `# ${end}`];
}
