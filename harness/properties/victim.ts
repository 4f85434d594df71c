/**
 * A store with a past, and its files: written in one session or several, closed or killed, idle now and
 * then. Everything in it was acknowledged as durable.
 */
import type { Arbitrary } from 'fast-check';
import * as fc from 'fast-check';
import { open, type OpenOptions } from '../../engine/index.ts';
import { limits } from '../../engine/base/limits.ts';
import { describeOperation } from '../../spec/describe.ts';
import { Model } from '../../spec/model.ts';
import type { Operation } from '../../spec/types.ts';
import { DIRECTORY, type DiskImage } from '../stores/disk-image.ts';
import { ManualClock } from '../stores/manual-clock.ts';
import { type LogWrite, RecordedDisk } from './recorded-disk.ts';
import { Session } from '../stores/session.ts';

export type Life =
  | { readonly event: 'do'; readonly operations: readonly Operation[] }
  | { readonly event: 'idle' }
  | { readonly event: 'reopen' };

export interface Plan {
  readonly life: readonly Life[];
  readonly end: 'closed' | 'killed';
  /** A close with at least so many new records leaves a checkpoint. */
  readonly checkpointRecordsMin: number;
}

export interface Victim {
  readonly image: DiskImage;
  readonly model: Model;
  readonly writes: readonly LogWrite[];
  readonly checkpointRevision: number;
  readonly story: readonly string[];
}

const key = fc.constantFrom('a', 'ab', 'b', '\x00', '\xff', 'k'.repeat(200));
const value = fc.constantFrom('', '1', '2', 'v'.repeat(100), 'w'.repeat(900), '\x56\x46\x52\x4d');
const put = fc.record({ op: fc.constant('put' as const), key, value });
const remove = fc.oneof(
  key.map((key): Operation & { op: 'delete' } => ({ op: 'delete', selector: { key } })),
  fc.constant<Operation & { op: 'delete' }>({ op: 'delete', selector: { prefix: 'a' } }),
);
const write = fc
  .array(fc.oneof(put, remove), { minLength: 2, maxLength: 5 })
  .map((steps): Operation => ({ op: 'write', steps }));
const operation: Arbitrary<Operation> = fc.oneof(
  { weight: 5, arbitrary: put },
  { weight: 1, arbitrary: remove },
  { weight: 2, arbitrary: write },
);
const life: Arbitrary<Life> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      event: fc.constant('do' as const),
      operations: fc.oneof(
        operation.map((operation) => [operation]),
        fc.array(operation, { minLength: 2, maxLength: 4 }),
      ),
    }),
  },
  { weight: 3, arbitrary: fc.constant<Life>({ event: 'idle' }) },
  { weight: 1, arbitrary: fc.constant<Life>({ event: 'reopen' }) },
);

export const plan: Arbitrary<Plan> = fc.record({
  life: fc.array(life, { minLength: 1, maxLength: 24, size: 'max' }),
  end: fc.constantFrom('closed', 'killed'),
  checkpointRecordsMin: fc.constantFrom(1, 1_000_000),
});

/** How both the store that is damaged and the one that is opened afterwards are shaped. */
export function shape(clock: ManualClock): OpenOptions {
  let drawn = 0;
  // Small segments, so that there are sealed ones; no cache, so that reads go to the disk.
  return {
    segmentSizeBytes: 4096,
    cacheSizeBytes: 0,
    clock,
    random: () => (drawn++ % 16) / 16,
  };
}

export async function victimOf({ life, end, checkpointRecordsMin }: Plan): Promise<Victim> {
  limits.checkpointRecordsMin = checkpointRecordsMin;
  const clock = new ManualClock();
  const model = new Model();
  const disk = new RecordedDisk(() => model.revision);
  const options = { ...shape(clock), fs: disk.fs };
  const store = await open(DIRECTORY, options);
  const reopen: Session['reopen'] = async (store) => {
    await store.close();
    return open(DIRECTORY, options);
  };
  const session = new Session({ store, form: 'bytes', reopen });
  for (const event of life) await live(event, clock, model, session);
  if (end === 'closed') await session.store.close();
  const { writes, checkpointRevision } = disk;
  const victim: Victim = {
    image: disk.image(),
    model,
    writes: [...writes],
    checkpointRevision,
    story: [...life.map(describeLife), end],
  };
  await session.store.close();
  return victim;
}

async function live(
  event: Life,
  clock: ManualClock,
  model: Model,
  session: Session,
): Promise<void> {
  switch (event.event) {
    case 'idle':
      clock.elapse();
      return;
    case 'reopen':
      await session.answer({ op: 'restart' });
      return;
    case 'do':
    default:
      await Promise.all(event.operations.map((operation) => act(operation, model, session)));
  }
}

function describeLife(event: Life): string {
  return event.event === 'do' ? event.operations.map(describeOperation).join(' & ') : event.event;
}

/** The model steps first: what is written from now on bears its revision. */
function act(operation: Operation, model: Model, session: Session): Promise<unknown> {
  model.step(operation);
  return session.answer(operation);
}
