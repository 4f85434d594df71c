/** The worked example of docs/format.md, made with our own writer. Not part of the build. */
import type { FileSystem } from '../vfs/index.ts';
import {
  commit,
  emptyFs,
  type Image,
  imageOf,
  openLog,
  put,
  resetLimits,
  shrinkLimits,
} from './log.testing.ts';
import { RECORD_TOMBSTONE } from './record.ts';

const STORE_ID = '5a3c91e0d2b74f68';

/** A put, a transaction of two puts, a delete, each on disk before the next; then a clean close. */
export function exampleImage(): Image {
  shrinkLimits({ segmentSizeBytesMin: 4096, zeroFillBytes: 4096 });
  const fs: FileSystem = emptyFs();
  let digit = 0;
  const random = (): number => Number.parseInt(STORE_ID[digit++]!, 16) / 16;
  const { log } = openLog(fs, { random, segmentSizeBytes: 4096 });
  commit(log, put(2, 'blue', 'sky'));
  commit(
    log,
    { ...put(3, 'grey', 'sky'), create: 2, version: 2 },
    { ...put(3, 'wet', 'road'), sub: 1, lease: 7587n },
  );
  commit(log, { ...put(4, '', 'road'), kind: RECORD_TOMBSTONE, create: 0, version: 0 });
  log.close();
  resetLimits();
  return imageOf(fs);
}
