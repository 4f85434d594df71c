/**
 * One lease in memory: there may be a million, so it holds its times flat, and no set for the one key that
 * most leases have, or none.
 *
 *     held ──revoke──▶ revoked ──on disk──▶ lost
 *
 * Times are those of the injected clock: monotonic, so no change of the wall clock moves them.
 */
import type { KeyString } from '../base/bytes.ts';
import type { LeaseId } from '../types.ts';

export class GrantedLease {
  readonly id: LeaseId;
  /** As granted. */
  readonly ttlSeconds: number;
  expiresAtMs = 0;
  /** When what is left of it is to be written down. */
  checkpointAtMs = 0;
  /** What its record says is left; 0: all of it. */
  savedSeconds: number;
  stage: 'held' | 'revoked' | 'lost' = 'held';
  #keys: KeyString | Set<KeyString> | null = null;

  constructor(id: LeaseId, ttlSeconds: number, savedSeconds = 0) {
    this.id = id;
    this.ttlSeconds = ttlSeconds;
    this.savedSeconds = savedSeconds;
  }

  get isHeld(): boolean {
    return this.stage === 'held';
  }

  get keyCount(): number {
    if (this.#keys === null) return 0;
    return typeof this.#keys === 'string' ? 1 : this.#keys.size;
  }

  /** In no particular order. */
  get keys(): Iterable<KeyString> {
    if (this.#keys === null) return [];
    return typeof this.#keys === 'string' ? [this.#keys] : this.#keys;
  }

  attach(key: KeyString): void {
    if (this.#keys === null) this.#keys = key;
    else if (typeof this.#keys === 'string') this.#keys = new Set([this.#keys, key]);
    else this.#keys.add(key);
  }

  detach(key: KeyString): void {
    if (this.#keys === key) this.#keys = null;
    else if (this.#keys instanceof Set && this.#keys.delete(key) && this.#keys.size === 0) {
      this.#keys = null;
    }
  }
}
