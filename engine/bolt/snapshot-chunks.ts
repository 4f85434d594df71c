/** Pages cut anew into pieces of one size: what one message of the stream holds (R152). */
export const CHUNK_BYTES: number = 32 * 1024;

/** Each piece is the receiver's own; the last one is shorter, and none is empty. */
export function* snapshotChunks(pages: Iterable<Buffer>): Generator<Uint8Array, void, void> {
  let chunk = Buffer.allocUnsafeSlow(CHUNK_BYTES);
  let used = 0;
  for (const page of pages) {
    for (let at = 0; at < page.length; ) {
      const copied = page.copy(chunk, used, at);
      at += copied;
      used += copied;
      if (used < CHUNK_BYTES) continue;
      yield chunk;
      chunk = Buffer.allocUnsafeSlow(CHUNK_BYTES);
      used = 0;
    }
  }
  if (used > 0) yield chunk.subarray(0, used);
}
