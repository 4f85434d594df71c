/** Stores that meet damage in a wrong way, each in one respect: the verdict must find every one of them. */
import { crc32 } from 'node:zlib';
import { open, openMemory, VarveError } from '../../engine/index.ts';
import { diskOf, type Image } from './image.ts';
import { type Doors, realDoors } from './verdict.ts';

const HEADER_BYTES = 48;
const MAGIC = 0x4d524656;

export const liars: Readonly<Record<string, Doors>> = {
  'starts anew where it should refuse': {
    ...realDoors,
    open: insteadOfRefusing((_, options) => openMemory(options)),
  },
  'refuses without a type': {
    ...realDoors,
    open: insteadOfRefusing(() => Promise.reject(new Error('bad checksum'))),
  },
  'refuses without a place': {
    ...realDoors,
    open: insteadOfRefusing(() => Promise.reject(new VarveError('ERR_CORRUPT', 'damaged'))),
  },
  'blames a file that is whole': {
    ...realDoors,
    open: insteadOfRefusing(() => {
      throw new VarveError('ERR_CORRUPT', '/store/0000009999.seg at offset 0: damaged');
    }),
  },
  'never answers': {
    ...realDoors,
    open: insteadOfRefusing(() => new Promise(() => {})),
    patienceMs: 1000,
  },
  'has a verify that finds nothing': {
    ...realDoors,
    verify: async () => ({ ok: true, problems: [] }),
  },
  'has a restore that checks nothing': {
    ...realDoors,
    restore: async () => ({ revision: 1, bytes: 0, checksum: '' }),
  },
  'trusts every frame': { ...realDoors, disk: (image) => diskOf(changed(image, trustFrames)) },
  'cuts the log at the first broken frame': {
    ...realDoors,
    disk: (image) => diskOf(changed(image, cutAtBreak)),
  },
};

/** Asked again for what it did before, a store that lies about damage opens what it made of it. */
function insteadOfRefusing(answer: typeof open): typeof open {
  return async (directory, options) => {
    try {
      return await open(directory, options);
    } catch (error) {
      if (error instanceof VarveError && error.code === 'ERR_CORRUPT') {
        return answer(directory, options);
      }
      throw error;
    }
  };
}

function changed(image: Image, change: (segment: Buffer) => void): Image {
  const files = [...image].map(([path, bytes]): [string, Uint8Array] => {
    if (!path.endsWith('.seg') || bytes.length < 512) return [path, bytes];
    const copy = Buffer.from(bytes);
    change(copy);
    return [path, copy];
  });
  return new Map(files);
}

/** Every checksum is made right. */
function trustFrames(segment: Buffer): void {
  for (let at = 512; at + HEADER_BYTES <= segment.length; at += 8) {
    const end = endOf(segment, at);
    if (end !== undefined) segment.writeUInt32LE(checksum(segment, at, end), at + 4);
  }
}

/** Behind the first frame that is not whole there is nothing. */
function cutAtBreak(segment: Buffer): void {
  let at = 512;
  for (let next = follower(segment, at, at); next !== undefined; ) {
    at = endOf(segment, next)!;
    next = follower(segment, Math.ceil(at / 8) * 8, Math.ceil(at / 512) * 512);
  }
  segment.fill(0, at);
}

const follower = (segment: Buffer, ...places: readonly number[]): number | undefined =>
  places.find((at) => {
    const end = endOf(segment, at);
    return end !== undefined && segment.readUInt32LE(at + 4) === checksum(segment, at, end);
  });

/** Undefined if there is no frame. */
function endOf(segment: Buffer, at: number): number | undefined {
  if (at + HEADER_BYTES > segment.length || segment.readUInt32LE(at) !== MAGIC) return undefined;
  const end = at + HEADER_BYTES + segment.readUInt32LE(at + 8);
  return end <= segment.length ? end : undefined;
}

/** As `docs/format.md` has it: seeded with the store, the segment and the place. */
function checksum(segment: Buffer, at: number, end: number): number {
  const id = Math.imul(segment.readUInt32LE(12), 0x9e3779b1) >>> 0;
  const salt = crc32(segment.subarray(16, 24), id);
  return crc32(segment.subarray(at + 8, end), (salt ^ at) >>> 0);
}
