/**
 * The few messages of etcd's protocol that the measuring client and the echo server need, written and read
 * by hand: what is measured are servers, so requests are encoded once and answers are only counted.
 */
const VARINT = 0;
const BYTES = 2;

export const METHODS = {
  put: '/etcdserverpb.KV/Put',
  get: '/etcdserverpb.KV/Range',
  txn: '/etcdserverpb.KV/Txn',
  watch: '/etcdserverpb.Watch/Watch',
} as const;

/** Every key there is, as the protocol has it: from the least key on, without an end. */
const ALL: readonly [Buffer, Buffer] = [Buffer.from([0]), Buffer.from([0])];

export const putRequest = (key: string, value: Uint8Array): Buffer =>
  Buffer.concat([bytesField(1, Buffer.from(key, 'latin1')), bytesField(2, value)]);

export const getRequest = (key: string): Buffer => bytesField(1, Buffer.from(key, 'latin1'));

/** Puts and nothing else, without a condition. */
export const txnRequest = (puts: readonly Buffer[]): Buffer =>
  Buffer.concat(puts.map((put) => bytesField(2, bytesField(2, put))));

/** Without a key: all of them. Without a revision: from now on. */
export function watchRequest(key?: string, startRevision = 0): Buffer {
  const [from, end] = key === undefined ? ALL : [Buffer.from(key, 'latin1'), Buffer.alloc(0)];
  const range = [bytesField(1, from), ...(end.length > 0 ? [bytesField(2, end)] : [])];
  const start = startRevision > 0 ? [numberField(3, startRevision)] : [];
  return bytesField(1, Buffer.concat([...range, ...start]));
}

/** `ResponseHeader`, which is the first field of every answer. */
export const headerField = (revision: number): Buffer => bytesField(1, numberField(3, revision));

export const putResponse = (revision: number): Buffer => headerField(revision);

/** Of one key; without a `KeyValue` nothing was found. */
export const getResponse = (revision: number, keyValue: Buffer | undefined): Buffer =>
  keyValue === undefined
    ? headerField(revision)
    : Buffer.concat([headerField(revision), bytesField(2, keyValue), numberField(4, 1)]);

/** As it is after a put; the key has been put `version` times. */
export const keyValueOf = (put: PutFields, revision: number, version: number): Buffer =>
  Buffer.concat([
    bytesField(1, put.key),
    numberField(2, revision - version + 1),
    numberField(3, revision),
    numberField(4, version),
    bytesField(5, put.value),
  ]);

export interface PutFields {
  readonly key: Buffer;
  readonly value: Buffer;
}

/** Of a `PutRequest`, or of a `RangeRequest` of one key. */
export function keyAndValueIn(request: Buffer): PutFields {
  const fields = { key: NOTHING, value: NOTHING };
  walk(request, (field, start, end) => {
    if (field === 1) fields.key = request.subarray(start, end);
    if (field === 2) fields.value = request.subarray(start, end);
  });
  return fields;
}

const NOTHING: Buffer = Buffer.alloc(0);

export interface WatchMessage {
  readonly events: number;
  readonly isCreated: boolean;
  readonly isCanceled: boolean;
}

/** What a `WatchResponse` holds; its events are stepped over, not decoded. */
export function watchMessageIn(response: Buffer): WatchMessage {
  let events = 0;
  let isCreated = false;
  let isCanceled = false;
  walk(response, (field) => {
    if (field === 11) events++;
    else if (field === 3) isCreated = true;
    else if (field === 4) isCanceled = true;
  });
  return { events, isCreated, isCanceled };
}

/** Field numbers below 16 only, and no others are in these messages. */
function walk(message: Buffer, visit: (field: number, start: number, end: number) => void): void {
  let at = 0;
  while (at < message.length) {
    const tag = message[at++]!;
    const start = at;
    while (message[at]! >= 0x80) at++;
    at++;
    if ((tag & 7) === BYTES) {
      const from = at;
      at += varintIn(message, start);
      visit(tag >> 3, from, at);
    } else if ((tag & 7) === VARINT) {
      visit(tag >> 3, start, at);
    } else {
      throw new Error(`a field of wire type ${tag & 7} is in no message of this protocol`);
    }
  }
  if (at !== message.length) throw new Error('a message is cut off');
}

function varintIn(message: Buffer, start: number): number {
  let value = 0;
  for (let at = start, factor = 1; ; at++, factor *= 128) {
    // Past the end: the caller sees that the message is cut off.
    const byte = message[at] ?? 0;
    value += (byte & 0x7f) * factor;
    if (byte < 0x80) return value;
  }
}

const numberField = (field: number, value: number): Buffer =>
  Buffer.from([(field << 3) | VARINT, ...varint(value)]);

const bytesField = (field: number, value: Uint8Array): Buffer =>
  Buffer.concat([Buffer.from([(field << 3) | BYTES, ...varint(value.length)]), value]);

function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x7f; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 0x80);
  return [...bytes, rest];
}
