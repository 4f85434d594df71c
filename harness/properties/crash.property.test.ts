/**
 * A process that is killed, and a disk that loses power, at any moment of writing, compacting and cleaning.
 * What is left opens with every acknowledged write and the acknowledged compaction, nothing but whole
 * revisions, and a revision that never went back; an interrupted compaction comes to its end.
 */
import { array, asyncProperty } from 'fast-check';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { open, type OpenOptions } from '../../engine/index.ts';
import { describeOperation } from '../../spec/describe.ts';
import { Model } from '../../spec/model.ts';
import { patiently, textOf } from '../conformance/audit.ts';
import { CrashDisk } from './crash-disk.ts';
import { DIRECTORY, type DiskImage } from '../stores/disk-image.ts';
import type { Draft } from '../traffic/draft.ts';
import { firstFailure, holds } from './replay.ts';
import { Session } from '../stores/session.ts';
import { shrinkLimits } from '../stores/small-limits.ts';
import { checkSurvivor, type Picture, type Progress } from './survivor.ts';
import { change } from '../traffic/commands.ts';
import { compact, defragment } from '../traffic/maintenance.ts';
import { TXN_OPS_MAX } from '../traffic/txn.ts';
import { REQUEST_BYTES_MAX } from '../traffic/vocabulary.ts';

shrinkLimits();

const FILE = 'harness/properties/crash.property.test.ts';
const RUNS = 15;
/** Of all moments, these are looked at. */
const PICTURES_MAX = 14;

interface Plan {
  readonly steps: readonly { readonly draft: Draft; readonly awaited: boolean }[];
  readonly seed: number;
}

const plan: fc.Arbitrary<Plan> = fc.record({
  steps: array(
    fc.record({
      draft: fc.oneof(
        { weight: 8, arbitrary: change },
        { weight: 3, arbitrary: compact },
        { weight: 2, arbitrary: defragment },
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
  const store = await open(DIRECTORY, { ...shape, fs: disk.fs });
  const session = new Session(store, 'bytes', async () => store);
  const story: string[] = [];
  const pictures: Picture[] = [];
  let acknowledged: Progress = { revision: 1, compactRevision: -1 };
  let moments = 0;
  disk.onChange = () => {
    // Each moment is as likely as any other to be among those kept.
    const at = moments++ < PICTURES_MAX ? pictures.length : Math.floor(random() * moments);
    if (at >= PICTURES_MAX) return;
    const image = crash(disk, random);
    const told = [...story, `# crash at change ${moments} of the disk`];
    pictures[at] = { image, acknowledged, begun: progressOf(model), story: told };
  };
  const acknowledge = async (
    answer: Promise<unknown>,
    before: Progress,
    after: Progress,
  ): Promise<void> => {
    await answer;
    // Without a change there is nothing that would have to be on disk.
    if (after.revision > before.revision || after.compactRevision > before.compactRevision) {
      acknowledged = {
        revision: Math.max(after.revision, acknowledged.revision),
        compactRevision: Math.max(after.compactRevision, acknowledged.compactRevision),
      };
    }
  };
  const pending: Promise<unknown>[] = [];
  try {
    for (const { draft, awaited } of steps) {
      const operation = draft(model);
      story.push(describeOperation(operation) + (awaited ? '' : ' # not awaited'));
      const before = progressOf(model);
      model.step(operation);
      const answer = acknowledge(session.answer(operation), before, progressOf(model));
      if (awaited) await patiently(answer);
      else pending.push(answer);
    }
    await patiently(Promise.all(pending));
  } catch (error) {
    throw new Error([...story, textOf(error)].join('\n'), { cause: error });
  } finally {
    disk.onChange = () => {};
    await store.close();
  }
  for (const picture of pictures) await checkSurvivor(picture, model.changes, shape);
}

const progressOf = ({ revision, compactRevision }: Model): Progress => ({
  revision,
  compactRevision,
});

/** Small segments, so that there are sealed ones to be cleaned; no cache, so that reads go to the disk. */
const shape: OpenOptions = {
  segmentSizeBytes: 4096,
  cacheSizeBytes: 0,
  maxRequestBytes: REQUEST_BYTES_MAX,
  maxTxnOps: TXN_OPS_MAX,
};

/** Lehmer's generator: good enough to pick moments and sectors. */
function numbersFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48271) % 0x7fffffff;
    return state / 0x7fffffff;
  };
}

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
