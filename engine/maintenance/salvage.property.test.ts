/**
 * Any damage to any file: what a salvage shows was written so, what it does not show it says is lost, and the
 * copy is sound and can be written.
 */
import * as fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { VarveError } from '../base/errors.ts';
import type { FileSystem } from '../vfs/index.ts';
import { diagnoseDirectory } from './doctor.ts';
import { salvageDirectory } from './salvage.ts';
import {
  bytesOf,
  DIRECTORY,
  diskOf,
  filledStore,
  image,
  keyOf,
  namesOf,
  openStore,
  OUT,
  seen,
  type Written,
} from './salvage.testing.ts';
import { verifyDirectory } from './verify-directory.ts';

interface Original {
  readonly files: ReadonlyMap<string, Buffer>;
  readonly written: readonly Written[];
  readonly revision: number;
}

/** One that was compacted and cleaned, one that never was; with a checkpoint, or without. */
const originals: Original[] = [];

beforeAll(async () => {
  for (const isCompacted of [false, true]) {
    const { fs, written } = await filledStore({
      isCleaned: isCompacted,
      more: async (scribe, store) => {
        if (!isCompacted) return;
        await scribe.compact(60);
        await store.clean();
        await scribe.fill(100);
      },
    });
    const { revision } = await seen(fs, DIRECTORY, { hashed: false });
    const paths = namesOf(fs).map((name): [string, Buffer] => [
      name,
      bytesOf(fs, `${DIRECTORY}/${name}`),
    ]);
    const withoutCheckpoint = paths.filter(([name]) => name !== 'CHECKPOINT');
    originals.push(
      { files: new Map(paths), written, revision },
      { files: new Map(withoutCheckpoint), written, revision },
    );
  }
});

interface Damage {
  readonly kind: 'flip' | 'zero' | 'noise' | 'cut' | 'remove' | 'swap' | 'copy';
  readonly file: number;
  /** Where, as a share of the file, and how much. */
  readonly at: number;
  readonly bytes: number;
  readonly other: number;
}

const damage: fc.Arbitrary<Damage> = fc.record({
  kind: fc.constantFrom('flip', 'zero', 'noise', 'cut', 'remove', 'swap', 'copy'),
  at: fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
  bytes: fc.constantFrom(1, 4, 100, 512, 4096),
  file: fc.nat(20),
  other: fc.nat(20),
});

const damages = fc.array(damage, { minLength: 1, maxLength: 2 });

function damaged(original: Original, damages: readonly Damage[]): FileSystem {
  const files = new Map(original.files);
  const names = [...files.keys()];
  for (const what of damages) {
    const name = names[what.file % names.length]!;
    const other = names[what.other % names.length]!;
    const bytes = Buffer.from(files.get(name) ?? '');
    if (what.kind === 'swap' || what.kind === 'copy') {
      files.set(name, files.get(other) ?? bytes);
      if (what.kind === 'swap') files.set(other, bytes);
    } else if (what.kind === 'remove') {
      files.delete(name);
    } else {
      files.set(name, edited(bytes, what));
    }
  }
  return diskOf(files);
}

function edited(bytes: Buffer, { kind, at, bytes: length }: Damage): Buffer {
  const from = Math.floor(at * bytes.length);
  if (kind === 'cut') return bytes.subarray(0, from);
  for (let i = from; i < Math.min(bytes.length, from + length); i++) {
    if (kind === 'flip') bytes[i]! ^= 1 << (i % 8);
    else bytes[i] = kind === 'zero' ? 0 : Math.imul(i, 0x9e3779b1) >>> 24;
  }
  return bytes;
}

test('nothing is invented, nothing is lost in silence', async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(3), damages, fc.boolean(), async (which, what, early) => {
      const original = originals[which]!;
      const fs = damaged(original, what);
      const before = image(fs);
      const diagnosis = await diagnoseDirectory(DIRECTORY, { fs });
      expect(image(fs)).toEqual(before);
      let report;
      try {
        report = await salvageDirectory(DIRECTORY, OUT, { fs, beforeDamage: early });
      } catch (error) {
        expect(error).toBeInstanceOf(VarveError);
        expect((error as VarveError).code).toBe('ERR_CORRUPT');
        expect(diagnosis.state).toBe('damaged');
        return;
      }
      expect(image(fs)).toEqual(before);
      expect(await verifyDirectory(OUT, { fs })).toEqual({ ok: true, problems: [] });
      await judge(original, fs, report);
      const { opens } = diagnosis;
      expect(await opensNow(fs)).toBe(opens);
      if (diagnosis.state !== 'damaged') expect(report.complete).toBe(true);
    }),
    { numRuns: 200 },
  );
}, 60_000);

async function opensNow(fs: FileSystem): Promise<boolean> {
  try {
    const store = await openStore(fs, DIRECTORY, true);
    await store.close();
    return true;
  } catch {
    return false;
  }
}

async function judge(
  { written, revision }: Original,
  fs: FileSystem,
  report: Awaited<ReturnType<typeof salvageDirectory>>,
): Promise<void> {
  const found = await seen(fs, OUT, { hashed: false });
  expect(found.revision).toBe(report.revision);
  expect(found.compactRevision).toBe(report.compactRevision);
  const isSuspect =
    report.lost.length > 0 || report.tornTail !== undefined || !report.closedCleanly;
  if (!isSuspect) {
    expect(found.revision).toBe(revision);
    expect(report.uncertainUpTo).toBe(0);
  }
  const now = new Map<string, Written>();
  for (const change of written) now.set(change.key, change);
  for (const kv of found.kvs) {
    const key = keyOf(kv);
    const source = written.find((each) => each.key === key && each.revision === kv.modRevision);
    expect(source?.value).toBe(Buffer.from(kv.value).toString());
    if (now.get(key) !== source) expect(isSuspect).toBe(true);
    if (now.get(key) !== source && report.tornTail === undefined && report.closedCleanly) {
      expect(kv.modRevision).toBeLessThanOrEqual(report.uncertainUpTo);
    }
    now.delete(key);
  }
  for (const { key, value, revision: missing } of now.values()) {
    if (value === undefined) continue;
    const isNamed = report.lost.some(
      ({ revisions }) =>
        revisions !== undefined &&
        revisions.from <= missing &&
        missing <= (revisions.to ?? Number.POSITIVE_INFINITY),
    );
    const isTail = report.tornTail !== undefined || !report.closedCleanly;
    expect(isNamed || isTail, `${key} of revision ${missing}`).toBe(true);
  }
  const store = await openStore(fs, OUT);
  expect(store.kv.put('new', 'value', 0n)).toBe(report.revision + 1);
  await store.close();
  expect((await seen(fs, OUT, { hashed: false })).revision).toBe(report.revision + 1);
}
