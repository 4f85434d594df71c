/** A key's state as callers see it: their own copy of everything. */
import type { StoredRevision } from '../backend/backend.ts';
import { type KeyString, keyBytesOf, keyTextOf } from '../base/bytes.ts';
import type { KeyValue, WatchEvent } from '../types.ts';

const NO_VALUE: Uint8Array = new Uint8Array(0);

export class StoredKeyValue implements KeyValue {
  readonly key: string;
  readonly value: Uint8Array;
  readonly createRevision: number;
  readonly modRevision: number;
  readonly version: number;
  readonly lease: bigint;
  readonly #keyString: KeyString;

  constructor(
    key: KeyString,
    value: Uint8Array,
    createRevision: number,
    modRevision: number,
    version: number,
    lease: bigint,
  ) {
    this.#keyString = key;
    this.key = keyTextOf(key);
    this.value = value;
    this.createRevision = createRevision;
    this.modRevision = modRevision;
    this.version = version;
    this.lease = lease;
  }

  get keyBytes(): Uint8Array {
    return keyBytesOf(this.#keyString);
  }

  text(): string {
    return Buffer.from(this.value.buffer, this.value.byteOffset, this.value.length).utf8Slice();
  }

  json<T = unknown>(): T {
    return JSON.parse(this.text()) as T;
  }
}

/** From the record that a backend holds; without the value if `keysOnly` (R25). */
export function keyValueOf(key: KeyString, stored: StoredRevision, keysOnly: boolean): KeyValue {
  const value = keysOnly ? NO_VALUE : stored.value();
  const { create, main, version, lease } = stored;
  return new StoredKeyValue(key, value, create, main, version, lease);
}

/** What a delete leaves: key and revision mean something, the rest is empty (R103). */
export function deletedKeyValue(key: KeyString, revision: number): KeyValue {
  return new StoredKeyValue(key, NO_VALUE, 0, revision, 0, 0n);
}

/** A record as watchers and histories show it. */
export function eventOf(key: KeyString, stored: StoredRevision, isTombstone: boolean): WatchEvent {
  const revision = stored.main;
  if (isTombstone) {
    return { type: 'delete', kv: deletedKeyValue(key, revision), revision, isCreate: false };
  }
  const isCreate = stored.create === revision;
  return { type: 'put', kv: keyValueOf(key, stored, false), revision, isCreate };
}
