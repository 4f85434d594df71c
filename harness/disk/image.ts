/** Disks told apart: two images with the same name have the same files with the same bytes. */
import { createHash } from 'node:crypto';
import type { Image } from './simulated-disk.ts';

/** For each path something that is the same for the same bytes. */
export type DigestedImage = ReadonlyMap<string, string>;

/** Arrays are shared between images and never change. */
const known = new WeakMap<Uint8Array, string>();

export function digested(image: Image): DigestedImage {
  return new Map([...image].map(([path, bytes]) => [path, digestOf(bytes)]));
}

export function nameOf(image: Image): string {
  return nameOfDigested(digested(image));
}

export function nameOfDigested(image: DigestedImage): string {
  return [...image]
    .map(([path, digest]) => `${path}\0${digest}`)
    .sort()
    .join('\n');
}

function digestOf(bytes: Uint8Array): string {
  let digest = known.get(bytes);
  if (digest === undefined) {
    digest = createHash('sha1').update(bytes).digest('base64');
    known.set(bytes, digest);
  }
  return digest;
}
