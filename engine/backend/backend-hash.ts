/** etcd's hash of a whole backend (R146): over each bucket in name order, its name, its keys and values. */
import { crc32c } from '../base/crc32c.ts';
import type { ReadTx } from './backend.ts';

export function hashBuckets(
  tx: ReadTx,
  ignores: (bucket: string, key: Uint8Array) => boolean = () => false,
): number {
  let hash = 0;
  for (const bucket of tx.buckets()) {
    hash = crc32c(Buffer.from(bucket), hash);
    tx.forEach(bucket, (key, value) => {
      if (!ignores(bucket, key)) hash = crc32c(value, crc32c(key, hash));
    });
  }
  return hash;
}
