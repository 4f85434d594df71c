/** Salvage of stores that have lost something: it is named, and the rest is there. */
import { describe, expect, test } from 'vitest';
import {
  breakFrame,
  change,
  DIRECTORY,
  filledStore,
  framesOf,
  keyOf,
  openStore,
  OUT,
  seen,
} from './salvage.testing.ts';
import { compacted, eventsFrom, frameOf, salvage, segmentOf } from './salvage-checks.testing.ts';

describe('what is lost is named', () => {
  test('a frame in a sealed segment, and one in the active one', async () => {
    const { fs, written } = await filledStore();
    const expected = await seen(fs, DIRECTORY);
    const early = frameOf(fs, 20);
    const late = frameOf(fs, 89);
    breakFrame(fs, early);
    breakFrame(fs, late);
    expect(early.path).not.toBe(late.path);
    const report = await salvage(fs);
    expect(report.complete).toBe(false);
    expect(report.lost.map(({ file, frames, revisions }) => ({ file, frames, revisions }))).toEqual(
      [early, late].map(({ path, sequence, firstRevision }) => ({
        file: path,
        frames: { from: sequence, to: sequence },
        revisions: { from: firstRevision, to: firstRevision },
      })),
    );
    expect(report).toMatchObject({ revision: 91, compactRevision: 89, uncertainUpTo: 89 });
    const found = await seen(fs, OUT);
    const sure = expected.kvs.filter(({ modRevision }) => modRevision > 89);
    expect(found.kvs.filter(({ modRevision }) => modRevision > 89)).toEqual(sure);
    expect(sure.length).toBeGreaterThan(0);
    for (const kv of found.kvs) {
      const source = written.find(
        (each) => each.key === keyOf(kv) && each.revision === kv.modRevision,
      );
      expect(source?.value).toBe(Buffer.from(kv.value).toString());
    }
  });

  test('a frame with several changes is lost as a whole', async () => {
    const { fs, written } = await filledStore();
    const { revision } = written.find(({ key }) => key.startsWith('also'))!;
    breakFrame(fs, frameOf(fs, revision));
    const report = await salvage(fs);
    expect(report.lost[0]!.revisions).toEqual({ from: revision, to: revision });
    const opened = await openStore(fs, OUT, true);
    const { kvs } = opened.kv.range('\0', '\uffff', {
      revision: 0,
      limit: 0,
      reverse: false,
      keysOnly: true,
      want: 'kvs',
    });
    expect(kvs.some(({ modRevision }) => modRevision === revision)).toBe(false);
    await opened.close();
  });

  test('history above the damage is as it was', async () => {
    const { fs } = await filledStore();
    const frame = frameOf(fs, 20);
    const history = await eventsFrom(fs, DIRECTORY, 21);
    breakFrame(fs, frame);
    const report = await salvage(fs);
    expect(report.compactRevision).toBe(20);
    expect(await eventsFrom(fs, OUT, 21)).toEqual(history);
  });

  test('a segment in the middle', async () => {
    const { fs } = await filledStore();
    const path = segmentOf(fs, 2);
    const inside = framesOf(fs).filter((frame) => frame.path === path);
    fs.remove(path);
    const { lost } = await salvage(fs);
    expect(lost).toHaveLength(1);
    expect(lost[0]!.file).toBe(path);
    expect(lost[0]!.frames).toEqual({
      from: inside[0]!.sequence,
      to: inside.at(-1)!.sequence,
    });
    expect(lost[0]!.text).toContain('the file is missing');
  });

  test('the last segment: history before it is kept, and no revision is given out again', async () => {
    const { fs } = await filledStore();
    const path = segmentOf(fs, -1);
    const first = framesOf(fs).find((frame) => frame.path === path)!;
    fs.remove(path);
    // Nothing is left that knows of 91.
    fs.remove(`${DIRECTORY}/CHECKPOINT`);
    const report = await salvage(fs);
    const { frames, revisions } = report.lost[0]!;
    expect(frames).toEqual({ from: first.sequence, to: undefined });
    expect(revisions).toEqual({ from: first.firstRevision, to: undefined });
    expect(report.revision).toBeGreaterThanOrEqual(91);
    expect(report).toMatchObject({ compactRevision: -1, uncertainUpTo: first.firstRevision - 1 });
  });

  test('the last segment after a compaction: history cannot be trusted', async () => {
    const { fs } = await filledStore(compacted);
    fs.remove(segmentOf(fs, -1));
    const report = await salvage(fs);
    expect(report.compactRevision).toBe(report.revision);
  });

  test('a file that was cut, and a block of zeros', async () => {
    const { fs } = await filledStore();
    const path = segmentOf(fs, 1);
    const inside = framesOf(fs).filter((frame) => frame.path === path);
    change(fs, path, (bytes) => bytes.subarray(0, inside[2]!.at));
    const other = framesOf(fs).filter((frame) => frame.path === segmentOf(fs, 2));
    change(fs, segmentOf(fs, 2), (bytes) => void bytes.fill(0, other[1]!.at, other[2]!.at));
    const { lost } = await salvage(fs);
    expect(lost.map(({ frames }) => frames)).toEqual([
      { from: inside[2]!.sequence, to: inside.at(-1)!.sequence },
      { from: other[1]!.sequence, to: other[1]!.sequence },
    ]);
    expect(lost[0]!.text).toContain('the file ends at');
  });

  test('a lost lease is no lost revision', async () => {
    const { fs } = await filledStore();
    const lease = framesOf(fs).find(
      ({ firstRevision, kind }) => firstRevision === 0 && kind === 1,
    )!;
    breakFrame(fs, lease);
    const report = await salvage(fs);
    expect(report.lost[0]!.revisions).toBeUndefined();
    expect((await seen(fs, OUT)).leases).toBe(0);
  });
});

test('beforeDamage: history up to there, whole', async () => {
  const { fs } = await filledStore();
  const history = (await eventsFrom(fs, DIRECTORY, 2)).filter(({ revision }) => revision < 30);
  breakFrame(fs, frameOf(fs, 30));
  const report = await salvage(fs, { beforeDamage: true });
  expect(report).toMatchObject({ complete: false, revision: 91, compactRevision: -1 });
  expect(await eventsFrom(fs, OUT, 2)).toEqual(history);
});
