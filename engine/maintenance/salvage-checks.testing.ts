/** What the tests of salvage look at: every salvage is checked for what holds of all of them. */
import { expect } from 'vitest';
import { limits } from '../base/limits.ts';
import type { SalvageReport } from '../types.ts';
import type { FileSystem } from '../vfs/index.ts';
import { type SalvageOptions, salvageDirectory } from './salvage.ts';
import {
  DIRECTORY,
  type Filling,
  type FrameAt,
  framesOf,
  image,
  namesOf,
  openStore,
  OUT,
} from './salvage.testing.ts';
import { verifyDirectory } from './verify-directory.ts';

/** Every salvage leaves the original alone, and makes a store that is sound and can be written. */
export async function salvage(
  fs: FileSystem,
  options: SalvageOptions = {},
): Promise<SalvageReport> {
  const before = image(fs);
  const report = await salvageDirectory(DIRECTORY, OUT, { fs, ...options });
  expect(image(fs)).toEqual(before);
  expect(await verifyDirectory(OUT, { fs })).toEqual({ ok: true, problems: [] });
  expect(namesOf(fs, OUT)).not.toContain('RESTORE-UNFINISHED');
  return report;
}

/** With a compaction that is over, and one that is not. */
export const compacted: Filling = {
  isCleaned: true,
  more: async (scribe, store) => {
    await scribe.compact(50);
    if (limits.cleanShare < 1) await store.clean();
    await scribe.fill(90);
    store.kv.compact(110);
    await store.flush();
  },
};

export const segmentOf = (fs: FileSystem, at: number): string =>
  `${DIRECTORY}/${namesOf(fs)
    .filter((name) => name.endsWith('.seg'))
    .at(at)!}`;

/** The frame that has this revision as its first. */
export const frameOf = (fs: FileSystem, revision: number): FrameAt =>
  framesOf(fs).find(({ firstRevision }) => firstRevision === revision)!;

export async function eventsFrom(
  fs: FileSystem,
  directory: string,
  from: number,
): Promise<{ readonly revision: number; readonly event: unknown }[]> {
  const store = await openStore(fs, directory, true);
  const events = store.kv.history({ wants: () => true, from, to: store.kv.rev() });
  const found = Array.from(events, (event) => ({ revision: event.kv.modRevision, event }));
  await store.close();
  return found;
}
