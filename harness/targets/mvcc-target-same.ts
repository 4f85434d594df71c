/** Whether two answers are the same, without putting them into words. */
import { keyTextOf } from '../../engine/base/bytes.ts';
import type { KeyValue as StoreKeyValue } from '../../engine/types.ts';
import type { Bytes, KeyValue } from '../../spec/types.ts';

/** Plain data: objects with the same fields, fields that are undefined being as good as none. */
export function isSame(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) && Array.isArray(b) && a.length !== b.length) return false;
  const [one, other] = [a as Record<string, unknown>, b as Record<string, unknown>];
  for (const name of Object.keys(one)) if (!isSame(one[name], other[name])) return false;
  for (const name of Object.keys(other)) {
    if (other[name] !== undefined && one[name] === undefined) return false;
  }
  return true;
}

/** What the store says of a key, before it is made plain. */
export function isSameKeyValue(
  found: StoreKeyValue | undefined,
  kv: KeyValue | undefined,
): boolean {
  if (found === undefined || kv === undefined) return (found ?? kv) === undefined;
  return (
    found.modRevision === kv.modRevision &&
    found.createRevision === kv.createRevision &&
    found.version === kv.version &&
    found.lease === kv.lease &&
    isSameBytes(found.value, kv.value) &&
    isSameBytes(found.keyBytes, kv.key) &&
    found.key === keyTextOf(kv.key)
  );
}

function isSameBytes(found: Uint8Array, bytes: Bytes): boolean {
  if (found.length !== bytes.length) return false;
  for (let n = 0; n < bytes.length; n++) if (found[n] !== bytes.charCodeAt(n)) return false;
  return true;
}
