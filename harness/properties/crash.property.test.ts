/**
 * A process that is killed, and a disk that loses power, at any moment of writing, compacting, cleaning and
 * leasing. What is left opens as `spec/crash.ts` allows, and an interrupted compaction comes to its end.
 */
import { array, asyncProperty } from 'fast-check';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { open } from '../../engine/index.ts';
import type { BeforeCrash } from '../../spec/crash.ts';
import { describeOperation } from '../../spec/describe.ts';
import { Model } from '../../spec/model.ts';
import { patiently, textOf } from '../conformance/audit.ts';
import { DIRECTORY, type DiskImage } from '../stores/disk-image.ts';
import { Session } from '../stores/session.ts';
import { shrinkLimits } from '../stores/small-limits.ts';
import { change } from '../traffic/changes.ts';
import { compact, defragment } from '../traffic/maintenance.ts';
import { TXN_OPS_MAX } from '../traffic/txn.ts';
import { REQUEST_BYTES_MAX } from '../traffic/vocabulary.ts';
import { CrashDisk } from './crash-disk.ts';
import { attaching, granting, LeaseLives, type NumberedDraft, revoking } from './lease-lives.ts';
import { firstFailure, holds } from './replay.ts';
import { checkSurvivor, crashShape, numbersFrom, type Picture } from './survivor.ts';

shrinkLimits();

const FILE = 'harness/properties/crash.property.test.ts';
const RUNS = 15;
/** Of all moments, these are looked at. */
const PICTURES_MAX = 14;

interface Plan {
  readonly steps: readonly { readonly draft: NumberedDraft; readonly awaited: boolean }[];
  readonly seed: number;
}

const plan: fc.Arbitrary<Plan> = fc.record({
  steps: array(
    fc.record({
      draft: fc.oneof(
        { weight: 8, arbitrary: change },
        { weight: 3, arbitrary: compact },
        { weight: 2, arbitrary: defragment },
        { weight: 2, arbitrary: granting },
        { weight: 2, arbitrary: attaching },
        { weight: 1, arbitrary: revoking },
      ),
      awaited: fc.boolean(),
    }),
    { minLength: 4, maxLength: 40, size: 'max' },
  ),
  seed: fc.integer({ min: 1, max: 0x7ffffffe }),
});

type Crash = (disk: CrashDisk, random: () => number) => DiskImage;
const crashes: Record<string, Crash> = {
  'a kill': (disk) => disk.killed(),
  'a power cut': (disk, random) => disk.powerCut(random),
};

test.each(Object.keys(crashes))(
  '%s at any moment loses nothing',
  async (name) => {
    const property = asyncProperty(plan, (plan) => crashing(plan, crashes[name]!));
    await holds(`${name} at any moment loses nothing`, FILE, RUNS, property);
  },
  600_000,
);

test('the property catches a disk that forgets what was synced', async () => {
  const property = asyncProperty(plan, (plan) => crashing(plan, forgetful));
  expect((await firstFailure(4 * RUNS, property)).failed).toBe(true);
});

async function crashing({ steps, seed }: Plan, crash: Crash): Promise<void> {
  const random = numbersFrom(seed);
  const model = new Model({ requestBytesMax: REQUEST_BYTES_MAX, txnOpsMax: TXN_OPS_MAX });
  const disk = new CrashDisk();
  const store = await open(DIRECTORY, { ...crashShape, fs: disk.fs });
  const session = new Session({ store, form: 'bytes', reopen: async () => store });
  const story: string[] = [];
  const pictures: Picture[] = [];
  const leases = new LeaseLives();
  let acknowledged: Progress = { revision: 1, compactRevision: -1 };
  let moments = 0;
  const before = (): BeforeCrash => ({
    requested: model.changes,
    acknowledged: acknowledged.revision,
    compaction: {
      requested: model.compactRevision,
      acknowledged: acknowledged.compactRevision,
    },
    revealed: acknowledged.compactRevision,
    leases: leases.lives,
  });
  disk.onChange = () => {
    // Each moment is as likely as any other to be among those kept.
    const at = moments++ < PICTURES_MAX ? pictures.length : Math.floor(random() * moments);
    if (at >= PICTURES_MAX) return;
    const told = [...story, `# crash at change ${moments} of the disk`];
    pictures[at] = { image: crash(disk, random), before: before(), story: told };
  };
  const acknowledge = (was: Progress, is: Progress): void => {
    // Without a change there is nothing that would have to be on disk.
    if (is.revision === was.revision && is.compactRevision === was.compactRevision) return;
    acknowledged = {
      revision: Math.max(is.revision, acknowledged.revision),
      compactRevision: Math.max(is.compactRevision, acknowledged.compactRevision),
    };
  };
  const pending: Promise<unknown>[] = [];
  try {
    for (const [number, { draft, awaited }] of steps.entries()) {
      const operation = draft(model, number);
      story.push(describeOperation(operation) + (awaited ? '' : ' # not awaited'));
      const was = progressOf(model);
      model.step(operation);
      const is = progressOf(model);
      leases.asked(operation, is.revision > was.revision ? is.revision : undefined);
      const ask = async (): Promise<void> => {
        await session.answer(operation);
        acknowledge(was, is);
        leases.answered(operation);
      };
      const answered = ask();
      if (awaited) await patiently(answered);
      else pending.push(answered);
    }
    await patiently(Promise.all(pending));
  } catch (error) {
    throw new Error([...story, textOf(error)].join('\n'), { cause: error });
  } finally {
    disk.onChange = () => {};
    await store.close();
  }
  for (const picture of pictures) await checkSurvivor(picture);
}

interface Progress {
  readonly revision: number;
  readonly compactRevision: number;
}

const progressOf = ({ revision, compactRevision }: Model): Progress => ({
  revision,
  compactRevision,
});

/** What was synced to the newest segment is gone but for its beginning. */
const forgetful: Crash = (disk, random) => {
  const files = new Map(disk.powerCut(random));
  const last = [...files.keys()]
    .filter((name) => name.endsWith('.seg'))
    .sort()
    .at(-1)!;
  files.set(last, files.get(last)!.slice(0, 1024));
  return files;
};
