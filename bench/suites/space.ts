/**
 * Overwriting all keys at random, as fast as 100 clients can, while automatic compaction and cleaning run:
 * bytes on disk, bytes written for the puts, and the rate at the end compared with the rate at first.
 */
import { runJob } from '../children/run-job.ts';
import { atLeast, bounded, type Figure, measured, shortened } from '../figure.ts';
import type { OverwriteResult } from '../children/overwrite.ts';
import type { Suite } from '../suite.ts';

const DISK_SHARE_MAX = 2;
const WRITE_AMPLIFICATION_MAX = 2;
const RATE_SHARE_MIN = 0.9;
const CLIENTS = 100;
/** Of all keys: so many revisions are kept. */
const KEEP_SHARE = 0.1;
/** Filling, and whatever goes wrong. */
const SLACK_MS = 300_000;

export const space: Suite = {
  name: 'space',
  title: 'overwriting for a while, with automatic compaction',
  run: async (bench) => {
    const { inProcess, keys, steadyMs, progress } = bench.options;
    const directory = bench.directory();
    const keep = Math.max(1, Math.trunc(keys * KEEP_SHARE));
    progress(`overwriting ${keys} keys for ${steadyMs / 1000} s`);
    const request = { directory, keys, keep, clients: CLIENTS, timeMs: steadyMs };
    const options = { inProcess, timeoutMs: steadyMs + SLACK_MS };
    const result = await runJob('overwrite', request, options);
    bench.remove(directory);
    const what = `${steadyMs / 1000} s of puts to ${keys} keys`;
    return [...diskFigures(what, result), ...writtenFigures(result), rateFigure(result)];
  },
};

function diskFigures(what: string, result: OverwriteResult): Figure[] {
  const { diskShareMax, diskBytesMax, liveBytesMax, neededBytes, puts } = result;
  const sizes = `at most ${mb(diskBytesMax)} MB on disk and ${mb(liveBytesMax)} MB alive`;
  const lag = `${result.pendingCompactions} compactions pending in the end`;
  const needed = [diskBytesMax / neededBytes];
  return [
    {
      ...bounded(`most on disk in ${what}`, 'x live bytes', [diskShareMax], DISK_SHARE_MAX),
      note: `${shortened(puts)} puts; ${sizes}, ${mb(neededBytes)} MB had to be kept; ${lag}`,
    },
    bounded('most on disk, of what had to be kept', 'x needed bytes', needed, DISK_SHARE_MAX),
  ];
}

function writtenFigures({ written, loggedBytes }: OverwriteResult): Figure[] {
  const { bytes, zeroBytes, checkpointBytes } = written;
  const unit = 'x logged bytes';
  const all = [bytes / loggedBytes];
  const withoutZeros = [(bytes - zeroBytes) / loggedBytes];
  const parts = `${mb(zeroBytes)} zeros ahead of the tail, ${mb(checkpointBytes)} index checkpoints`;
  const note = `of ${mb(bytes)} MB written, ${parts}; the puts' records are ${mb(loggedBytes)} MB`;
  return [
    { ...bounded('written, zeros ahead aside', unit, withoutZeros, WRITE_AMPLIFICATION_MAX), note },
    bounded('written, all of it', unit, all, WRITE_AMPLIFICATION_MAX),
  ];
}

function rateFigure({ firstThirdRate, lastThirdRate }: OverwriteResult): Figure {
  const last = measured('varve', [lastThirdRate]);
  const first = measured('varve before', [firstThirdRate]);
  return {
    work: 'puts in the last third, and in the first',
    unit: 'per second',
    better: 'more',
    measurements: [last, first],
    goals: [atLeast(last, RATE_SHARE_MIN, first, '>= 90 % of the first third')],
  };
}

const mb = (bytes: number): string => (bytes / 1e6).toFixed(1);
