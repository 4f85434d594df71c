/**
 * Memory a key: (heapUsed + external) with all keys less the same before, in a process of its own after
 * full collections. The segment cache is switched off (cacheSizeBytes: 0); the buffer of the active
 * segment, which is as large as the segment whatever it holds, is taken off: it is a constant of the
 * store and no cost of a key.
 */
import { runJob } from '../children/run-job.ts';
import { activeSegmentBytes } from '../disk.ts';
import { atMost, type Figure, measured } from '../figure.ts';
import type { Suite } from '../suite.ts';

const BYTES_MAX = 180;
const MIB = 1024 * 1024;

export const memory: Suite = {
  name: 'memory',
  title: 'memory',
  run: async (bench) => {
    const { inProcess, keys, progress } = bench.options;
    const directory = bench.directory();
    progress(`putting ${keys} keys`);
    const written = await runJob('memoryAfterPuts', { directory, keys }, { inProcess });
    const active = activeSegmentBytes(directory);
    const request = { directory, close: false, cacheSizeBytes: 0 };
    const opened = await runJob('openStore', { ...request, close: inProcess }, { inProcess });
    bench.remove(directory);
    const note =
      `taken off: the active segment's buffer of ${(active / MIB).toFixed(0)} MiB; ` +
      `of the bytes after puts, ${(written.heapBytes / keys).toFixed(0)} a key are JS heap`;
    return [
      { ...figure('memory a key after the puts', (written.bytes - active) / keys), note },
      figure('memory a key after reopening', (opened.bytes - active) / keys),
    ];
  },
};

function figure(work: string, bytes: number): Figure {
  return {
    work,
    unit: 'bytes',
    better: 'less',
    measurements: [measured('varve', [bytes])],
    goals: [atMost(bytes, BYTES_MAX, 'bytes', `<= ${BYTES_MAX} bytes, segment cache aside`)],
  };
}
