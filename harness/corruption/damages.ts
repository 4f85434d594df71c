/**
 * Which damages a victim gets in one run: each bit of its smallest and most important bytes in turn, anything
 * anywhere by seed, and each sector of the checkpoint as it was in each older one.
 */
import { areApart, type Damage, type DamageKind, type Past } from './damage.ts';
import { BACKUP, type Image, nameOf, pathOf } from './image.ts';
import { below, oneOf, type Random } from './life.ts';
import type { Victim } from './victim.ts';

/** One damage, or two at once. */
export type Blow = readonly Damage[];

/** The bits of the small things are spread over so many runs. */
export const BIT_ROUNDS = 32;
const BLOWS = 300;
const DOUBLE_SHARE = 0.06;
const TRIES = 8;
const LENGTHS: readonly number[] = [1, 4, 8, 48, 100, 512, 512, 512, 1024, 4096];
const SECTOR = 512;
const SEGMENT_HEAD_BYTES = 48;
const CHECKPOINT_HEAD_BYTES = 32;

/** The same for the same victim, random numbers and round. */
export function blowsFor(victim: Victim, random: Random, round: number): Blow[] {
  const bits = smallBits(victim).filter((_, index) => index % BIT_ROUNDS === round % BIT_ROUNDS);
  const aim = new Aim(victim, random);
  const blows = bits.map((bit): Blow => [bit]);
  for (let i = 0; i < BLOWS; i++) {
    const first = aim.draw();
    blows.push(random() < DOUBLE_SHARE ? aim.drawBeside(first) : [first]);
  }
  return [...blows, ...staleSectors(victim, 'CHECKPOINT').map((stale): Blow => [stale])];
}

/** Whatever an older version has in the place of a sector, or of two. */
function staleSectors({ image, past }: Victim, name: string): Damage[] {
  const path = pathOf(name);
  const bytes = image.get(path);
  if (bytes === undefined) return [];
  const sectors = Array.from({ length: Math.ceil(bytes.length / SECTOR) }, (_, i) => i * SECTOR);
  return (past.get(path) ?? []).flatMap((_, version) =>
    sectors.flatMap((at) =>
      [SECTOR, 2 * SECTOR].map((length): Damage => ({ kind: 'stale', path, at, length, version })),
    ),
  );
}

/** Every bit of the manifest and of what every other file begins with. */
function smallBits({ image }: Victim): Damage[] {
  return [...image].flatMap(([path, bytes]) => {
    const name = nameOf(path);
    const length =
      name === 'MANIFEST'
        ? bytes.length
        : name === 'CHECKPOINT'
          ? CHECKPOINT_HEAD_BYTES
          : SEGMENT_HEAD_BYTES;
    return bitsOf(path, Math.min(length, bytes.length));
  });
}

/** Every bit of the first bytes of a file. */
export function bitsOf(path: string, length: number): Damage[] {
  return Array.from({ length: length * 8 }, (_, i) => ({
    kind: 'flip',
    path,
    at: i >> 3,
    bit: i & 7,
  }));
}

const KINDS: readonly DamageKind[] = [
  ...(['flip', 'flip', 'flip', 'flip', 'flip', 'cut', 'cut', 'zero', 'zero', 'ones'] as const),
  ...(['garbage', 'garbage', 'copy', 'copy', 'insert', 'drop', 'swap', 'swap'] as const),
  ...(['stale', 'stale', 'stale', 'older', 'append', 'remove', 'rename', 'exchange'] as const),
];

class Aim {
  readonly #random: Random;
  readonly #image: Image;
  readonly #past: Past;
  /** The more important a file, the more often it is here. */
  readonly #targets: readonly string[];
  /** Where something ends, by file. */
  readonly #used: ReadonlyMap<string, number>;

  constructor({ image, past, active, sealed }: Victim, random: Random) {
    this.#random = random;
    this.#image = image;
    this.#past = past;
    const checkpoint = [...image.keys()].filter((path) => nameOf(path) === 'CHECKPOINT');
    this.#targets = [
      ...image.keys(),
      ...sealed,
      ...Array.from({ length: 5 }, () => active),
      ...checkpoint,
      ...checkpoint,
      pathOf('MANIFEST'),
    ];
    this.#used = new Map(
      [...image].map(([path, bytes]) => [path, bytes.findLastIndex((byte) => byte !== 0) + 1]),
    );
  }

  /** A second one elsewhere, if there is anything else. */
  drawBeside(first: Damage): Blow {
    for (let tries = 0; tries < TRIES; tries++) {
      const damage = this.draw();
      if (areApart(first, damage)) return [first, damage];
    }
    return [first];
  }

  draw(): Damage {
    const random = this.#random;
    const kind = oneOf(random, KINDS);
    const path = oneOf(random, this.#targets);
    switch (kind) {
      case 'remove':
        return { kind, path };
      case 'rename':
        return { kind, path, to: this.#otherName(path) };
      case 'exchange':
        return this.#other(path, (to) => ({ kind, path, to }));
      case 'older':
        return this.#older();
      case 'stale':
        return this.#stale();
      case 'append': {
        const length = oneOf(random, LENGTHS);
        return { kind, path, length, seed: below(random, 1 << 30) };
      }
      case 'flip':
        return { kind, path, at: this.#offset(path), bit: below(random, 8) };
      case 'cut':
        return { kind, path, at: this.#offset(path) };
      case 'zero':
      case 'ones':
      case 'garbage':
      case 'copy':
      case 'insert':
      case 'drop':
      case 'swap':
      default:
        return this.#stretch(kind, path);
    }
  }

  #stretch(
    kind: 'zero' | 'ones' | 'garbage' | 'copy' | 'insert' | 'drop' | 'swap',
    path: string,
  ): Damage {
    const random = this.#random;
    const length = oneOf(random, LENGTHS);
    const at = length >= 512 || random() < 0.3 ? this.#sector(path) : this.#offset(path);
    const stretch = { path, at, length };
    if (kind === 'garbage') return { kind, ...stretch, seed: below(random, 1 << 30) };
    if (kind === 'zero' || kind === 'ones' || kind === 'drop') return { kind, ...stretch };
    const source = random() < 0.5 ? path : oneOf(random, this.#targets);
    const isAligned = at % 512 === 0;
    const from = { path: source, at: isAligned ? this.#sector(source) : this.#offset(source) };
    return { kind, ...stretch, from };
  }

  #older(): Damage {
    const path = oneOf(this.#random, [...this.#past.keys()]);
    const version = below(this.#random, this.#past.get(path)!.length);
    return { kind: 'older', path, version };
  }

  #stale(): Damage {
    const paths = [...this.#past.keys()].filter((path) => this.#image.has(path));
    const path = oneOf(this.#random, paths);
    const version = below(this.#random, this.#past.get(path)!.length);
    const length = oneOf(this.#random, [512, 512, 1024, 4096]);
    return { kind: 'stale', path, at: this.#sector(path), length, version };
  }

  #otherName(path: string): string {
    const free = ['MANIFEST', 'CHECKPOINT', 'LOCK', 'MANIFEST.tmp', '0000000077.seg', 'notes.txt'];
    const names = [...this.#image.keys(), BACKUP, ...free.map(pathOf)];
    return oneOf(
      this.#random,
      names.filter((name) => name !== path),
    );
  }

  #other(path: string, make: (to: string) => Damage): Damage {
    const others = [...this.#image.keys()].filter((other) => other !== path);
    return make(oneOf(this.#random, others));
  }

  /** Within what is used, more often near its end: there the last frames are. */
  #offset(path: string): number {
    const random = this.#random;
    const bytes = this.#image.get(path)!;
    const used = this.#used.get(path)!;
    const share = random();
    const wanted =
      share < 0.5
        ? below(random, used)
        : share < 0.8
          ? used - 1 - below(random, 600)
          : share < 0.9
            ? below(random, bytes.length)
            : below(random, 600);
    return Math.max(0, Math.min(bytes.length - 1, wanted));
  }

  #sector(path: string): number {
    const at = this.#offset(path);
    return at - (at % 512);
  }
}
