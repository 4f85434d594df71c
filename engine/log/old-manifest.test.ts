/** A manifest of the past, after it was replaced and the disk lost that: refused, as long as anything says so. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  commit,
  emptyFs,
  fsOf,
  type Image,
  imageOf,
  openLog,
  put,
  resetLimits,
  shrinkLimits,
} from './log.testing.ts';

beforeEach(() => shrinkLimits({ segmentSizeBytesMin: 4096, zeroFillBytes: 4096 }));
afterEach(resetLimits);

/** Images of a log after each commit, until it has three segments and some commits in the last. */
function grown(): Image[] {
  const fs = emptyFs();
  const { log } = openLog(fs);
  const images: Image[] = [];
  for (let main = 2; log.set.order.length < 3 || images.length % 4 !== 0; main++) {
    commit(log, put(main, Buffer.alloc(700, 'x')));
    images.push(imageOf(fs));
  }
  return images;
}

const withManifestOf = (image: Image, old: Image): Image =>
  new Map([...image, ['MANIFEST', old.get('MANIFEST')!]]);

test('is refused if a later segment says that something in it was durable', () => {
  const images = grown();
  const last = images.at(-1)!;
  const old = images.filter(
    (image) => image.get('MANIFEST')!.toString() !== last.get('MANIFEST')!.toString(),
  );
  expect(old.length).toBeGreaterThan(2);
  for (const image of old) {
    const fs = fsOf(withManifestOf(last, image));
    const before = imageOf(fs);
    expect(() => openLog(fs)).toThrow(
      /frame \d+ is damaged, or MANIFEST is older than the log: frame \d+ in \S+ at offset \d+ says/,
    );
    // Above all, nothing was cleared away.
    expect(imageOf(fs)).toEqual(before);
  }
});

test('is what a crash leaves, if nothing in the later segment was durable: that goes', () => {
  const images = grown();
  const first = images.findIndex((image) => image.has('0000000002.seg'));
  const fs = fsOf(withManifestOf(images[first]!, images[first - 1]!));
  const { log, found } = openLog(fs);
  log.close();
  expect(found.length).toBeGreaterThan(0);
  expect([...imageOf(fs).keys()].filter((name) => name.endsWith('.seg'))).not.toContain(
    '0000000002.seg',
  );
});

test('a leftover of an earlier crash that is back says nothing against what was written since', () => {
  const fs = emptyFs();
  const { log } = openLog(fs);
  commit(log, put(2, 'two'));
  const before = imageOf(fs);
  // In one life frames 2 and 3 go to segment 2, which is never listed.
  const other = fsOf(before);
  const first = openLog(other);
  while (first.log.set.order.length < 2) commit(first.log, put(3, Buffer.alloc(2000, 'x')));
  const leftover = imageOf(other).get('0000000002.seg')!;
  // In the next one frames of the same numbers are durable in segment 1.
  const next = fsOf(before);
  const second = openLog(next);
  commit(second.log, put(3, 'three'));
  commit(second.log, put(4, 'four'));
  const image = new Map([...imageOf(next), ['0000000002.seg', leftover]]);
  expect(openLog(fsOf(image)).found).toEqual(['2 k2 two', '3 k3 three', '4 k4 four']);
});
