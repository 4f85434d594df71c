/**
 * What happens to bytes and names on a disk: flipped, cut off, zeroed, overwritten, put where they do not
 * belong, or back as they once were. A damage is plain data; its name is short and free of blanks.
 *
 *     flip:MANIFEST:17.3                      bit 3 of byte 17
 *     copy:0000000001.seg:512+48<MANIFEST:0   48 bytes from the start of MANIFEST written over those at 512
 *     stale:0000000002.seg:512+512@0          a sector as it was in the oldest version there is
 */
import { randomOf } from '../runner/random.ts';
import { type Image, nameOf } from './image.ts';

export type Damage =
  | { readonly kind: 'flip'; readonly path: string; readonly at: number; readonly bit: number }
  | { readonly kind: 'cut'; readonly path: string; readonly at: number }
  | ({ readonly kind: 'zero' } & Stretch)
  | ({ readonly kind: 'ones' } & Stretch)
  | ({ readonly kind: 'garbage'; readonly seed: number } & Stretch)
  /** A block twice: over what stood there, or between. */
  | ({ readonly kind: 'copy'; readonly from: Place } & Stretch)
  | ({ readonly kind: 'insert'; readonly from: Place } & Stretch)
  /** A block gone, and what follows moved up. */
  | ({ readonly kind: 'drop' } & Stretch)
  /** Two blocks exchanged. */
  | ({ readonly kind: 'swap'; readonly from: Place } & Stretch)
  /** A part of a file as it once was. */
  | ({ readonly kind: 'stale'; readonly version: number } & Stretch)
  /** The whole file as it once was; it may have been removed since. */
  | { readonly kind: 'older'; readonly path: string; readonly version: number }
  | {
      readonly kind: 'append';
      readonly path: string;
      readonly length: number;
      readonly seed: number;
    }
  | { readonly kind: 'remove'; readonly path: string }
  /** To another name, which may be another file's: that one is gone then. */
  | { readonly kind: 'rename'; readonly path: string; readonly to: string }
  | { readonly kind: 'exchange'; readonly path: string; readonly to: string };

export type DamageKind = Damage['kind'];

interface Place {
  readonly path: string;
  readonly at: number;
}
interface Stretch extends Place {
  readonly length: number;
}

export type Past = ReadonlyMap<string, readonly Uint8Array[]>;

/** The files after it. The image given is left alone, and what is not hit is shared with it. */
export function inflict(image: Image, past: Past, damage: Damage): Image {
  const files = new Map(image);
  const { path } = damage;
  switch (damage.kind) {
    case 'remove':
      files.delete(path);
      return files;
    case 'rename':
      files.set(damage.to, image.get(path)!);
      files.delete(path);
      return files;
    case 'exchange':
      files.set(path, image.get(damage.to)!);
      files.set(damage.to, image.get(path)!);
      return files;
    case 'older':
      files.set(path, past.get(path)![damage.version]!);
      return files;
    case 'swap': {
      const { at, length, from } = damage;
      const here = image.get(path)!.slice(at, at + length);
      const there = image.get(from.path)!.slice(from.at, from.at + length);
      put(files, path, at, there);
      put(files, from.path, from.at, here);
      return files;
    }
    case 'flip':
    case 'cut':
    case 'zero':
    case 'ones':
    case 'garbage':
    case 'copy':
    case 'insert':
    case 'drop':
    case 'stale':
    case 'append':
    default:
      files.set(path, after(image, past, damage));
      return files;
  }
}

type Within = Exclude<
  Damage,
  { readonly kind: 'remove' | 'rename' | 'exchange' | 'older' | 'swap' }
>;

/** The one file's bytes. */
function after(image: Image, past: Past, damage: Within): Uint8Array {
  const before = image.get(damage.path)!;
  switch (damage.kind) {
    case 'cut':
      return before.slice(0, damage.at);
    case 'append':
      return Buffer.concat([before, garbage(damage.seed, damage.length)]);
    case 'drop': {
      const { at, length } = damage;
      return Buffer.concat([before.subarray(0, at), before.subarray(at + length)]);
    }
    case 'insert': {
      const { at, from, length } = damage;
      const part = partOf(image, from, length);
      return Buffer.concat([before.subarray(0, at), part, before.subarray(at)]);
    }
    case 'flip':
    case 'zero':
    case 'ones':
    case 'garbage':
    case 'copy':
    case 'stale':
    default: {
      const bytes = before.slice();
      overwrite(bytes, damage.at, partFor(damage, before, image, past));
      return bytes;
    }
  }
}

type Overwriting = Extract<
  Within,
  { readonly kind: 'flip' | 'zero' | 'ones' | 'garbage' | 'copy' | 'stale' }
>;

function partFor(damage: Overwriting, before: Uint8Array, image: Image, past: Past): Uint8Array {
  const { at } = damage;
  switch (damage.kind) {
    case 'flip':
      return Uint8Array.of(before[at]! ^ (1 << damage.bit));
    case 'zero':
      return new Uint8Array(damage.length);
    case 'ones':
      return new Uint8Array(damage.length).fill(255);
    case 'garbage':
      return garbage(damage.seed, damage.length);
    case 'copy':
      return partOf(image, damage.from, damage.length);
    case 'stale':
    default:
      return past.get(damage.path)![damage.version]!.subarray(at, at + damage.length);
  }
}

const partOf = (image: Image, { path, at }: Place, length: number): Uint8Array =>
  (image.get(path) ?? new Uint8Array(0)).subarray(at, at + length);

function put(files: Map<string, Uint8Array>, path: string, at: number, part: Uint8Array): void {
  const bytes = files.get(path)!.slice();
  overwrite(bytes, at, part);
  files.set(path, bytes);
}

/** The file does not grow. */
function overwrite(bytes: Uint8Array, at: number, part: Uint8Array): void {
  bytes.set(part.subarray(0, Math.max(0, bytes.length - at)), at);
}

export function garbage(seed: number, length: number): Uint8Array {
  const random = randomOf(seed);
  return Uint8Array.from({ length }, () => random() * 256);
}

/** Free of blanks. */
export function nameOfDamage(damage: Damage): string {
  const head = `${damage.kind}:${nameOf(damage.path)}`;
  switch (damage.kind) {
    case 'remove':
      return head;
    case 'flip':
      return `${head}:${damage.at}.${damage.bit}`;
    case 'cut':
      return `${head}:${damage.at}`;
    case 'rename':
    case 'exchange':
      return `${head}>${nameOf(damage.to)}`;
    case 'older':
      return `${head}@${damage.version}`;
    case 'append':
      return `${head}:+${damage.length}#${damage.seed}`;
    case 'zero':
    case 'ones':
    case 'garbage':
    case 'copy':
    case 'insert':
    case 'drop':
    case 'swap':
    case 'stale':
    default:
      return `${head}:${damage.at}+${damage.length}${sourceOf(damage)}`;
  }
}

function sourceOf(damage: Extract<Damage, Stretch>): string {
  if (damage.kind === 'garbage') return `#${damage.seed}`;
  if (damage.kind === 'stale') return `@${damage.version}`;
  if (damage.kind === 'zero' || damage.kind === 'ones' || damage.kind === 'drop') return '';
  return `<${nameOf(damage.from.path)}:${damage.from.at}`;
}

/** Two that do not get into each other's way. */
export function areApart(a: Damage, b: Damage): boolean {
  const touched = touchedBy(a);
  return [...touchedBy(b), ...('from' in b ? [b.from.path] : [])].every(
    (path) => !touched.includes(path),
  );
}

/** The files whose bytes or names it touches. */
export function touchedBy(damage: Damage): readonly string[] {
  const { path } = damage;
  if (damage.kind === 'rename' || damage.kind === 'exchange') return [path, damage.to];
  if (damage.kind === 'swap') return [path, damage.from.path];
  return [path];
}
