/** Disks told apart: two images with the same name have the same files with the same bytes. */
import { createHash } from 'node:crypto';
import type { Image } from './simulated-disk.ts';

/** Arrays are shared between images and never change. */
const known = new WeakMap<Uint8Array, string>();

export function nameOf(image: Image): string {
  return [...image]
    .map(([path, bytes]) => `${path}\0${digestOf(bytes)}`)
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
