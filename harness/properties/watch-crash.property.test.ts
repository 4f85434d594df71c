/**
 * No crash takes back what a watch has shown. Power is cut at changes of the disk, and at the very moment a
 * watch shows something: every event that was shown by then is in what survives.
 */
import { array, asyncProperty } from 'fast-check';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { open, type OpenOptions } from '../../engine/index.ts';
import type { BeforeCrash } from '../../spec/crash.ts';
import { describeOperation } from '../../spec/describe.ts';
import { Model } from '../../spec/model.ts';
import { patiently, textOf } from '../conformance/audit.ts';
import { DIRECTORY } from '../stores/disk-image.ts';
import { Session } from '../stores/session.ts';
import { shrinkLimits } from '../stores/small-limits.ts';
import { change } from '../traffic/changes.ts';
import type { Draft } from '../traffic/draft.ts';
import { compact, defragment } from '../traffic/maintenance.ts';
import { TXN_OPS_MAX } from '../traffic/txn.ts';
import { REQUEST_BYTES_MAX } from '../traffic/vocabulary.ts';
import { CrashDisk } from './crash-disk.ts';
import { firstFailure, holds } from './replay.ts';
import { checkRemains, crashShape, numbersFrom, type Picture } from './survivor.ts';

shrinkLimits();

const NAME = 'a power cut takes nothing back that was shown';
const FILE = 'harness/properties/watch-crash.property.test.ts';
const RUNS = 20;
/** Of all moments, these are looked at. */
const PICTURES_MAX = 12;

interface Plan {
  readonly steps: readonly { readonly draft: Draft; readonly awaited: boolean }[];
  /** How many of the steps are done when the watch begins, from the first revision on. */
  readonly begins: number;
  readonly seed: number;
}

const plan: fc.Arbitrary<Plan> = fc.record({
  steps: array(
    fc.record({
      draft: fc.oneof(
        { weight: 10, arbitrary: change },
        { weight: 1, arbitrary: compact },
        { weight: 1, arbitrary: defragment },
      ),
      awaited: fc.boolean(),
    }),
    { minLength: 4, maxLength: 30, size: 'max' },
  ),
  begins: fc.nat({ max: 10 }),
  seed: fc.integer({ min: 1, max: 0x7ffffffe }),
});

test(NAME, async () => {
  const property = asyncProperty(plan, (plan) => watching(plan, {}));
  await holds(NAME, FILE, RUNS, property);
}, 600_000);

test('the property catches a store that shows events when they are written', async () => {
  const property = asyncProperty(plan, (plan) => watching(plan, { sync: 'never' }));
  const { failed, errorInstance } = await firstFailure(4 * RUNS, property);
  expect(failed).toBe(true);
  expect(String(errorInstance)).toContain('Revealed: ');
});

async function watching({ steps, begins, seed }: Plan, options: OpenOptions): Promise<void> {
  const random = numbersFrom(seed);
  const model = new Model({ requestBytesMax: REQUEST_BYTES_MAX, txnOpsMax: TXN_OPS_MAX });
  const disk = new CrashDisk();
  const store = await open(DIRECTORY, { ...crashShape, ...options, fs: disk.fs });
  const session = new Session({ store, form: 'bytes', reopen: async () => store });
  const story: string[] = [];
  let shown = 1;
  const pictures: Picture[] = [];
  let moments = 0;
  const before = (): BeforeCrash => ({
    requested: model.changes,
    acknowledged: 1,
    compaction: { requested: model.compactRevision, acknowledged: -1 },
    revealed: shown,
  });
  const takePicture = (): void => {
    // Each moment is as likely as any other to be among those kept.
    const at = moments++ < PICTURES_MAX ? pictures.length : Math.floor(random() * moments);
    if (at >= PICTURES_MAX) return;
    const told = [...story, `# power cut at moment ${moments}`];
    pictures[at] = { image: disk.powerCut(random), before: before(), story: told };
  };
  const watch = async (): Promise<void> => {
    const startRevision = Math.max(1, model.compactRevision);
    for await (const { events } of store.watch({ all: true }, { startRevision }).batches()) {
      shown = Math.max(shown, ...events.map(({ revision }) => revision));
      takePicture();
    }
  };
  disk.onChange = takePicture;
  let consumer: Promise<unknown> | undefined;
  const pending: Promise<unknown>[] = [];
  try {
    for (const [number, { draft, awaited }] of steps.entries()) {
      if (number === Math.min(begins, steps.length - 1)) consumer = watch().catch(endOf);
      const operation = draft(model);
      story.push(describeOperation(operation) + (awaited ? '' : ' # not awaited'));
      model.step(operation);
      pending.push(session.answer(operation));
      if (awaited) await patiently(Promise.all(pending.splice(0)));
    }
    await patiently(Promise.all(pending));
  } catch (error) {
    throw new Error([...story, textOf(error)].join('\n'), { cause: error });
  } finally {
    disk.onChange = () => {};
    await store.close();
    await consumer;
  }
  for (const picture of pictures) await checkRemains(picture);
}

/** A watch may be told that the store is closed, or that it came too late; what it has shown stays. */
function endOf(error: unknown): void {
  const code = (error as { code?: unknown }).code;
  if (code !== 'ERR_CLOSED' && code !== 'ERR_COMPACTED') throw error;
}
