/** What the backend's tests share: bytes, messages, and a hash computed the long way. */
import { crc32c } from '../base/crc32c.ts';
import type { ReadTx } from './backend.ts';
import { encodeKeyValue } from './key-value-message.ts';

export const utf8 = (text: string): Uint8Array => new Uint8Array(Buffer.from(text));
export const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString();

/** The KeyValue message of a key's first put. */
export const kvMessage = (key: string, main: number, value: string): Uint8Array =>
  encodeKeyValue({ key, create: main, mod: main, version: 1, value: utf8(value), lease: 0n });

/** R146, over everything laid end to end. */
export function hashByHand(tx: ReadTx, ignores: (bucket: string) => boolean): number {
  const parts: Uint8Array[] = [];
  for (const bucket of tx.buckets()) {
    parts.push(utf8(bucket));
    tx.forEach(bucket, (key, value) => {
      if (!ignores(bucket)) parts.push(key, value);
    });
  }
  return crc32c(Buffer.concat(parts));
}
