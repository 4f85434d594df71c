/** What happens to bytes on a disk: flipped, zeroed, cut off, put where they do not belong, gone. */
import type { Arbitrary } from 'fast-check';
import * as fc from 'fast-check';
import type { DiskImage } from '../stores/disk-image.ts';

interface Place {
  readonly name: string;
  readonly offset: number;
}

export type Damage =
  | ({ readonly kind: 'flip'; readonly mask: number } & Place)
  | ({ readonly kind: 'fill'; readonly length: number; readonly byte: number } & Place)
  | ({ readonly kind: 'cut' } & Place)
  | ({ readonly kind: 'copy'; readonly length: number; readonly from: Place } & Place)
  | { readonly kind: 'remove'; readonly name: string };

/** The files after it, and what was done, in words. The image given is left alone. */
export function inflict(image: DiskImage, damage: Damage): [DiskImage, string] {
  const files = new Map(image);
  const { kind, name } = damage;
  const bytes = new Uint8Array(image.get(name)!);
  files.set(name, bytes);
  switch (kind) {
    case 'flip':
      if (damage.offset < bytes.length) bytes[damage.offset]! ^= damage.mask;
      return [files, `flip ${name} at ${damage.offset} by ${damage.mask}`];
    case 'fill': {
      const { offset, length, byte } = damage;
      bytes.fill(byte, offset, offset + length);
      return [files, `fill ${name} at ${offset}, ${length} bytes of ${byte}`];
    }
    case 'cut':
      files.set(name, bytes.slice(0, damage.offset));
      return [files, `cut ${name} at ${damage.offset} of ${bytes.length}`];
    case 'copy': {
      const { from, offset, length } = damage;
      const part = image.get(from.name)!.subarray(from.offset, from.offset + length);
      bytes.set(part.subarray(0, bytes.length - offset), offset);
      const what = `copy ${from.name} at ${from.offset} to ${name} at ${offset}`;
      return [files, `${what}, ${length} bytes`];
    }
    case 'remove':
    default:
      files.delete(name);
      return [files, `remove ${name}`];
  }
}

/** Damage that wants to see the files first, so that it hits something whatever they are. */
export type Aim = (image: DiskImage) => Damage;

const share = fc.integer({ min: 0, max: 9999 });
const place: Arbitrary<(image: DiskImage) => Place> = fc
  .record({
    file: share,
    offset: fc.oneof(share, fc.integer({ min: 0, max: 600 })),
    // From the end of what was written, which is where the last frames are.
    fromEnd: fc.boolean(),
    aligned: fc.boolean(),
  })
  .map(({ file, offset, fromEnd, aligned }) => (image) => {
    const names = [...image.keys()];
    const name = names[Math.floor((file * names.length) / 10_000)]!;
    const bytes = image.get(name)!;
    const used = bytes.findLastIndex((byte) => byte !== 0) + 1;
    const wanted = fromEnd ? used - 1 - offset : Math.floor((used * offset) / 10_000);
    const within = Math.max(0, Math.min(bytes.length - 1, wanted));
    return { name, offset: aligned ? within - (within % 512) : within };
  });
const length = fc.constantFrom(1, 4, 8, 48, 100, 512, 1024, 4096);

const flips: Arbitrary<Aim> = fc
  .tuple(place, fc.constantFrom(1, 2, 16, 128, 255))
  .map(([place, mask]) => (image) => ({ kind: 'flip', mask, ...place(image) }));
const fills: Arbitrary<Aim> = fc
  .tuple(place, length, fc.constantFrom(0, 0, 255, 86))
  .map(([place, length, byte]) => (image) => ({ kind: 'fill', length, byte, ...place(image) }));
const cuts: Arbitrary<Aim> = place.map((place) => (image) => ({ kind: 'cut', ...place(image) }));
const copies: Arbitrary<Aim> = fc
  .tuple(place, place, length)
  .map(([from, to, length]) => (image) => ({
    kind: 'copy',
    length,
    from: from(image),
    ...to(image),
  }));
const removals: Arbitrary<Aim> = place.map((place) => (image) => ({
  kind: 'remove',
  name: place(image).name,
}));

export const damage: Arbitrary<Aim> = fc.oneof(
  { weight: 6, arbitrary: flips },
  { weight: 5, arbitrary: fills },
  { weight: 2, arbitrary: cuts },
  { weight: 3, arbitrary: copies },
  { weight: 1, arbitrary: removals },
);
