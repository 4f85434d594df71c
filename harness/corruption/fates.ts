/** The damaged files for a report: what became of every 512 bytes. */
import type { FileFate, SectorFate } from '../disk/fates.ts';
import { type Image, nameOf } from './image.ts';

const SECTOR_BYTES = 512;

export function fatesOf(image: Image, damaged: Image, touched: readonly string[]): FileFate[] {
  return touched.map((path): FileFate => {
    const before = image.get(path);
    const after = damaged.get(path);
    return {
      path: nameOf(path),
      name: after === undefined ? 'lost' : before === undefined ? 'back' : 'kept',
      bytesBefore: before?.length ?? 0,
      bytesAfter: after?.length ?? 0,
      sectors: sectorsOf(before ?? new Uint8Array(0), after ?? new Uint8Array(0)),
    };
  });
}

function sectorsOf(before: Uint8Array, after: Uint8Array): SectorFate[] {
  const count = Math.ceil(Math.max(before.length, after.length) / SECTOR_BYTES);
  return Array.from({ length: count }, (_, sector): SectorFate => {
    const [from, to] = [sector * SECTOR_BYTES, (sector + 1) * SECTOR_BYTES];
    const was = before.subarray(from, to);
    const is = after.subarray(from, to);
    if (Buffer.compare(was, is) === 0) return 'synced';
    if (is.length < was.length) return 'cut';
    return is.every((byte) => byte === 0) ? 'zeros' : 'damaged';
  });
}
