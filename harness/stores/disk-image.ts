/** All files of a directory as they are at this moment, to be looked at, damaged, and put back on a disk. */
import { type FileSystem, memoryFs } from '../../engine/vfs/index.ts';

export const DIRECTORY = '/store';

export type DiskImage = ReadonlyMap<string, Uint8Array>;

export function imageOf(fs: FileSystem): DiskImage {
  return new Map(
    fs.list(DIRECTORY).map((name) => {
      const file = fs.open(`${DIRECTORY}/${name}`, 'read');
      const bytes = new Uint8Array(file.size());
      file.readAt(bytes, 0);
      file.close();
      return [name, bytes];
    }),
  );
}

export function diskWith(image: DiskImage): FileSystem {
  const fs = memoryFs();
  fs.makeDirectory(DIRECTORY);
  for (const [name, bytes] of image) {
    const file = fs.open(`${DIRECTORY}/${name}`, 'create');
    file.writeAt(bytes, 0);
    file.close();
  }
  return fs;
}
