/**
 * Memory a key: (heapUsed + external) with all keys less the same before, in a process of its own after
 * full collections. The segment cache is switched off (cacheSizeBytes: 0); the buffer of the active
 * segment, which is as large as the segment whatever it holds, is taken off: it is a constant of the
 * store and no cost of a key. What it is follows from the files: the active segment is the last one.
 */
import { readdirSync, statSync } from 'node:fs';
import { runJob } from '../children/run-job.ts';
import { atMost, type Figure, measured } from '../figure.ts';
import type { Suite } from '../suite.ts';

const BYTES_MAX = 180;
const SEGMENT_BYTES_MIN = 1024 * 1024;
const SEGMENT_BYTES_MAX = 64 * SEGMENT_BYTES_MIN;

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
      `taken off: the active segment's buffer of ${active / SEGMENT_BYTES_MIN} MiB; ` +
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

/** Segments double from the first to the largest size; each has its buffer's size. */
function activeSegmentBytes(directory: string): number {
  const segments = readdirSync(directory).filter((name) => name.endsWith('.seg'));
  const usual = Math.min(SEGMENT_BYTES_MIN * 2 ** (segments.length - 1), SEGMENT_BYTES_MAX);
  const last = segments.toSorted().at(-1)!;
  return Math.max(usual, statSync(`${directory}/${last}`).size);
}
