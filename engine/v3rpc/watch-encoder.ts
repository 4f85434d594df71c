/**
 * WatchResponse messages, made by hand: the bytes of a batch's events are made once, however many watch them.
 * What is one watcher's own, its id, goes between two shared pieces.
 *
 *     ┌ 1 header ───────────┐ ┌ 2 watch_id ┐ ┌ 7 fragment ┐ ┌ 11 event ┐ ┌ 11 event ┐ …
 *       shared                 the watcher's                  shared
 */
import { keyStringOf } from '../base/bytes.ts';
import { writeBeforeValue, writeLease } from '../backend/key-value-message.ts';
import type { KeyValue, WatchEvent } from '../types.ts';
import type { EventBatch } from '../watch/event-batch.ts';
import { type Whole, wholesOf } from '../watch/responses.ts';
import type { Identity } from './serving.ts';

/** What watchers of the same events share of one response. */
export interface SharedResponse {
  readonly header: Uint8Array;
  /** All events, each with its tag. */
  readonly events: Uint8Array;
  /** Where each event ends in them. */
  readonly ends: readonly number[];
}

/** One message, in pieces; the last may be large, and is shared. */
export interface MessagePieces {
  readonly header: Uint8Array;
  readonly fields: Uint8Array;
  readonly events: Uint8Array;
}

const NOTHING: Uint8Array = new Uint8Array(0);
const NO_ENDS: readonly number[] = [];
/** Of the events of merged responses: small enough for any client, and to be sent in one piece. */
const MERGED_BYTES = 16 * 1024;
const TAG_EVENTS = (11 << 3) | 2;
/** Type DELETE of an event; PUT is zero, and left out. */
const DELETE: Uint8Array = new Uint8Array([1 << 3, 1]);
const FRAGMENT: Uint8Array = new Uint8Array([7 << 3, 1]);

export class WatchEncoder {
  readonly #identity: Identity;
  #header: Uint8Array = NOTHING;
  #headerRevision = -1;
  readonly #batches = new WeakMap<EventBatch, readonly SharedResponse[]>();
  /** The batch before: it goes to all of its watchers in a row. */
  #batch: EventBatch | undefined;
  #responses: readonly SharedResponse[] = [];
  /** What was last made of a batch for those who are behind, and the revision that its headers tell. */
  #merged: readonly SharedResponse[] = [];
  #mergedBatch: EventBatch | undefined;
  #mergedRevision = -1;
  /** Watchers of different ranges see the same events in different batches. */
  readonly #events = new WeakMap<WatchEvent, Uint8Array>();

  constructor(identity: Identity) {
    this.#identity = identity;
  }

  /** The responses of a batch, not in fragments. One without events says how far its watchers are. */
  responses(batch: EventBatch): readonly SharedResponse[] {
    if (batch === this.#batch) return this.#responses;
    let responses = this.#batches.get(batch);
    if (responses === undefined) {
      responses = Array.from(wholesOf(batch), (whole) => this.#response(whole, batch.isLive));
      this.#batches.set(batch, responses);
    }
    this.#batch = batch;
    this.#responses = responses;
    return responses;
  }

  /**
   * Of a live batch, for a watcher whose stream is behind: what it would have got by catching up, many revisions
   * in a response under the revision that is shown by now (R101, R102). None is split (R74).
   */
  merged(batch: EventBatch, shownRevision: number): readonly SharedResponse[] {
    const single = this.responses(batch);
    if (single.length < 2) return single;
    if (batch !== this.#mergedBatch || shownRevision !== this.#mergedRevision) {
      this.#merged = mergedOf(single, this.header(shownRevision));
      this.#mergedBatch = batch;
      this.#mergedRevision = shownRevision;
    }
    return this.#merged;
  }

  /** Field 1 of a response. */
  header(revision: number): Uint8Array {
    if (revision !== this.#headerRevision) {
      const { clusterId, memberId, raftTerm } = this.#identity;
      const fields = [
        ...integerField(1, clusterId),
        ...integerField(2, memberId),
        ...integerField(3, BigInt(revision)),
        ...integerField(4, raftTerm),
      ];
      this.#header = new Uint8Array([(1 << 3) | 2, fields.length, ...fields]);
      this.#headerRevision = revision;
    }
    return this.#header;
  }

  #response({ revision, events }: Whole, isLive: boolean): SharedResponse {
    const header = this.header(revision);
    if (events.length === 0) return { header, events: NOTHING, ends: NO_ENDS };
    const pieces = events.map((event) => (isLive ? this.#shared(event) : encodeEvent(event)));
    let end = 0;
    const ends = pieces.map(({ length }) => (end += length));
    return { header, events: pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces, end), ends };
  }

  #shared(event: WatchEvent): Uint8Array {
    let bytes = this.#events.get(event);
    if (bytes === undefined) this.#events.set(event, (bytes = encodeEvent(event)));
    return bytes;
  }
}

/** As many in one as stay below a bound, at least one. */
function mergedOf(responses: readonly SharedResponse[], header: Uint8Array): SharedResponse[] {
  const merged: SharedResponse[] = [];
  let pieces: Uint8Array[] = [];
  let ends: number[] = [];
  let bytes = 0;
  const close = (): void => {
    merged.push({ header, events: Buffer.concat(pieces, bytes), ends });
    pieces = [];
    ends = [];
    bytes = 0;
  };
  for (const { events, ends: inside } of responses) {
    if (bytes > 0 && bytes + events.length > MERGED_BYTES) close();
    for (const end of inside) ends.push(bytes + end);
    pieces.push(events);
    bytes += events.length;
  }
  close();
  return merged;
}

/** One watcher's message; in fragments that stay below the bound where they can (R106). */
export function messagesOf(
  { header, events, ends }: SharedResponse,
  watchId: number | bigint,
  fragmentBytes: number,
): MessagePieces[] {
  const fields = watchIdField(watchId);
  const frame = header.length + fields.length;
  if (frame + events.length < fragmentBytes || ends.length < 2) return [{ header, fields, events }];
  const messages: MessagePieces[] = [];
  const inFragment = Buffer.concat([fields, FRAGMENT]);
  let start = 0;
  let previous = 0;
  for (const end of ends) {
    if (previous > start && frame + FRAGMENT.length + end - start >= fragmentBytes) {
      messages.push({ header, fields: inFragment, events: events.subarray(start, previous) });
      start = previous;
    }
    previous = end;
  }
  messages.push({ header, fields, events: events.subarray(start) });
  return messages;
}

const smallIds: Uint8Array[] = [NOTHING];
const SMALL_IDS = 4096;

/** Field 2 of a response. */
export function watchIdField(id: number | bigint): Uint8Array {
  if (typeof id === 'bigint' || id < 0 || id >= SMALL_IDS) {
    return new Uint8Array(integerField(2, BigInt(id)));
  }
  return (smallIds[id] ??= new Uint8Array(integerField(2, BigInt(id))));
}

/** Nothing for zero; negative ones are as long as they can be. */
function integerField(field: number, value: bigint): number[] {
  if (value === 0n) return [];
  const bytes = [field << 3];
  let rest = BigInt.asUintN(64, value);
  for (; rest > 0x7fn; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  bytes.push(Number(rest));
  return bytes;
}

/** Field 11 of a response. */
export function encodeEvent({ type, kv, prevKv }: WatchEvent): Uint8Array {
  const now = new KeyValuePieces(kv);
  const before = prevKv === undefined ? undefined : new KeyValuePieces(prevKv);
  const typeBytes = type === 'delete' ? DELETE.length : 0;
  const size = typeBytes + now.fieldBytes + (before?.fieldBytes ?? 0);
  const target = Buffer.allocUnsafe(1 + lengthBytes(size) + size);
  target[0] = TAG_EVENTS;
  let at = writeLength(target, 1, size);
  if (typeBytes > 0) {
    target.set(DELETE, at);
    at += typeBytes;
  }
  at = now.write(target, at, 2);
  before?.write(target, at, 3);
  return target;
}

/** A KeyValue message as its value and what goes around it. */
class KeyValuePieces {
  readonly #before: Buffer;
  readonly #value: Uint8Array;
  readonly #after: Buffer;
  readonly #size: number;

  constructor({ keyBytes, value, createRevision, modRevision, version, lease }: KeyValue) {
    const key = keyStringOf(keyBytes);
    const before = Buffer.allocUnsafe(FRAME_BYTES + key.length);
    const message = { key, create: createRevision, mod: modRevision, version, lease };
    this.#before = before.subarray(0, writeBeforeValue(before, 0, message, value.length));
    this.#value = value;
    this.#after = NO_LEASE;
    if (lease !== 0n) {
      const after = Buffer.allocUnsafe(LEASE_BYTES);
      this.#after = after.subarray(0, writeLease(after, 0, lease));
    }
    this.#size = this.#before.length + value.length + this.#after.length;
  }

  get fieldBytes(): number {
    return 1 + lengthBytes(this.#size) + this.#size;
  }

  write(target: Buffer, start: number, field: number): number {
    target[start] = (field << 3) | 2;
    let at = writeLength(target, start + 1, this.#size);
    for (const piece of [this.#before, this.#value, this.#after]) {
      target.set(piece, at);
      at += piece.length;
    }
    return at;
  }
}

const NO_LEASE: Buffer = Buffer.alloc(0);
/** Tags, lengths and integers before the value; the lease after it. */
const FRAME_BYTES = 64;
const LEASE_BYTES = 11;

/** Of a message: below 2^31. */
function lengthBytes(length: number): number {
  let bytes = 1;
  for (let rest = length; rest > 0x7f; rest >>>= 7) bytes++;
  return bytes;
}

function writeLength(target: Buffer, start: number, length: number): number {
  let at = start;
  let rest = length;
  for (; rest > 0x7f; rest >>>= 7) target[at++] = (rest & 0x7f) | 0x80;
  target[at++] = rest;
  return at;
}
