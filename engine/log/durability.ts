/** What has to be synced, and in which order, before a batch counts as durable. */
import type { File } from '../vfs/fs.ts';
import type { Batch } from './log-writer.ts';
import { installManifest, writeManifestAside } from './manifest.ts';
import type { SegmentSet } from './segment-set.ts';

/**
 * Yields the files to sync, one after the other. A power cut at any step leaves a store that opens: data
 * comes before the manifest that claims it, the manifest's bytes before its name. A batch that went on
 * into a new segment is synced in every mode, because the manifest will call the old one sealed.
 */
export function* durabilitySteps(
  set: SegmentSet,
  batch: Batch | undefined,
  sync: boolean,
): Generator<File, void, void> {
  const parts = batch?.parts ?? [];
  const { fs, directory } = set;
  const last = parts.at(-1)?.segment;
  if (last === undefined || parts.every(({ segment }) => segment.listed)) {
    if (sync) yield last?.file ?? set.active.file;
    return;
  }
  for (const { segment } of parts) yield segment.file;
  fs.syncDirectory(directory);
  const aside = writeManifestAside(fs, directory, set.manifest(last));
  yield aside;
  installManifest(fs, directory, aside);
  for (const { segment } of parts) segment.listed = true;
}
