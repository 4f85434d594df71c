/** Every checksum of the checkpoint, where there is one: it is a shortcut, so damage to it harms nothing. */
import { crc32 } from 'node:zlib';
import { limits } from '../base/limits.ts';
import type { File, FileSystem } from '../vfs/fs.ts';
import {
  CHECKPOINT,
  CHECKPOINT_MAGIC,
  CHECKPOINT_VERSION,
  CHUNK_HEAD_BYTES,
  HEAD_BYTES,
} from './checkpoint-file.ts';
import type { Report } from './verify-segment.ts';

const ADVICE = 'nothing is lost: remove the file, and the next open reads the log instead';

/** Yields between slices. */
export function* verifyCheckpoint(
  fs: FileSystem,
  directory: string,
  storeId: string,
  report: Report,
): Generator<void, void, void> {
  if (!fs.list(directory).includes(CHECKPOINT)) return;
  const file = fs.open(`${directory}/${CHECKPOINT}`, 'read');
  try {
    yield* verify(file, storeId, (at, what) => {
      report(`${file.path} at offset ${at}: ${what}: ${ADVICE}`);
    });
  } finally {
    file.close();
  }
}

function* verify(
  file: File,
  storeId: string,
  say: (at: number, what: string) => void,
): Generator<void, void, void> {
  const size = file.size();
  const head = Buffer.alloc(HEAD_BYTES);
  file.readAt(head, 0);
  const version = head.readUInt32LE(8);
  if (head.latin1Slice(0, 8) !== CHECKPOINT_MAGIC) return say(0, 'this is no checkpoint');
  // An older one does not count, and is replaced in time.
  if (version > 0 && version < CHECKPOINT_VERSION) return undefined;
  if (version !== CHECKPOINT_VERSION) return say(8, `version ${version} is not known`);
  const found = head.toString('hex', 12);
  if (found !== storeId) return say(12, `it is of store ${found}, not of ${storeId}`);
  let at = HEAD_BYTES;
  let sum = crc32(head);
  for (let number = 0; ; number++) {
    const chunk = Buffer.alloc(CHUNK_HEAD_BYTES);
    const read = file.readAt(chunk, at);
    const [section, length] = [chunk.readUInt32LE(0), chunk.readUInt32LE(4)];
    if (read < CHUNK_HEAD_BYTES || at + CHUNK_HEAD_BYTES + length > size) {
      return say(at, 'it is not whole');
    }
    sum = crc32(chunk.subarray(0, 8), sum);
    for (let done = 0; done < length; done += limits.backgroundSliceBytes) {
      const part = Buffer.alloc(Math.min(length - done, limits.backgroundSliceBytes));
      file.readAt(part, at + CHUNK_HEAD_BYTES + done);
      sum = crc32(part, sum);
      yield;
    }
    if (sum !== chunk.readUInt32LE(8)) return say(at, `chunk ${number} fails its checksum`);
    at += CHUNK_HEAD_BYTES + length;
    if (section === 0) break;
  }
  return at === size ? undefined : say(at, 'something stands behind its end');
}
