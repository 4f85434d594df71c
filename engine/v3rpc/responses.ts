/** From what the Store API answers to the protocol's responses, as bytes. */
import type { DeleteResult, KeyValue, PutResult, RangeResult, TxnResult } from '../types.ts';
import type { RequestOp, TxnRequest } from '../wire/generated/rpc_pb.ts';
import { MessageWriter } from '../wire/message-writer.ts';
import type { FieldsOf, RangeFields } from '../wire/requests.ts';
import { numberOf, sortOf, sortsHeadOnly } from './requests.ts';
import type { Identity } from './serving.ts';

type OpResult = TxnResult['responses'][number];

/** A key's state holds no more than this beside its key and its value. */
const KEY_VALUE_BYTES = 48;

export class Responses {
  readonly #identity: Uint8Array;
  readonly #term: Uint8Array;

  constructor({ clusterId, memberId, raftTerm }: Identity) {
    const identity = new MessageWriter();
    identity.int64(1, clusterId);
    identity.int64(2, memberId);
    this.#identity = identity.finish();
    const term = new MessageWriter();
    term.int64(4, raftTerm);
    this.#term = term.finish();
  }

  range(request: RangeFields, result: RangeResult): Uint8Array {
    const writer = new MessageWriter(expectedBytes(result.kvs));
    this.#header(writer, result.revision);
    writeRange(writer, request, result);
    return writer.finish();
  }

  put(result: PutResult): Uint8Array {
    const { prevKv } = result;
    const writer = new MessageWriter(prevKv === undefined ? 0 : expectedBytes([prevKv]));
    this.#header(writer, result.revision);
    writePut(writer, result);
    return writer.finish();
  }

  delete(result: DeleteResult): Uint8Array {
    const writer = new MessageWriter(expectedBytes(result.prevKvs));
    this.#header(writer, result.revision);
    writeDelete(writer, result);
    return writer.finish();
  }

  txn(request: FieldsOf<TxnRequest>, result: TxnResult): Uint8Array {
    const writer = new MessageWriter();
    this.#header(writer, result.revision);
    writeTxn(writer, request, result);
    return writer.finish();
  }

  #header(writer: MessageWriter, revision: number): void {
    const start = writer.begin(1);
    writer.raw(this.#identity);
    writer.integer(3, revision);
    writer.raw(this.#term);
    writer.end(start);
  }
}

function writeRange(writer: MessageWriter, request: RangeFields, result: RangeResult): void {
  if (!request.countOnly) {
    const { kvs, more } = sortsHeadOnly(request) ? sortedHead(request, result) : result;
    const withValues = !request.keysOnly;
    for (const kv of kvs) writeKeyValue(writer, 2, kv, withValues);
    writer.bool(3, more);
  }
  writer.integer(4, result.count);
}

type Order = (a: KeyValue, b: KeyValue) => number;

const ORDERS: Readonly<Record<ReturnType<typeof sortOf>, Order>> = {
  key: () => 0,
  version: (a, b) => a.version - b.version,
  create: (a, b) => a.createRevision - b.createRevision,
  mod: (a, b) => a.modRevision - b.modRevision,
  value: (a, b) => Buffer.compare(a.value, b.value),
};

/** R29. */
function sortedHead(
  request: RangeFields,
  { kvs }: RangeResult,
): { readonly kvs: readonly KeyValue[]; readonly more: boolean } {
  const limit = numberOf(request.limit);
  const sorted = [...kvs].sort(ORDERS[sortOf(request)]);
  return { kvs: sorted.slice(0, limit), more: sorted.length > limit };
}

function writePut(writer: MessageWriter, { prevKv }: PutResult): void {
  if (prevKv !== undefined) writeKeyValue(writer, 2, prevKv, true);
}

function writeDelete(writer: MessageWriter, { deleted, prevKvs }: DeleteResult): void {
  writer.integer(2, deleted);
  for (const kv of prevKvs) writeKeyValue(writer, 3, kv, true);
}

function writeTxn(
  writer: MessageWriter,
  { success, failure }: FieldsOf<TxnRequest>,
  { succeeded, responses }: TxnResult,
): void {
  writer.bool(2, succeeded);
  for (const [i, op] of (succeeded ? success : failure).entries()) {
    const start = writer.begin(3);
    writeResponseOp(writer, op, responses[i]!);
    writer.end(start);
  }
}

function writeResponseOp(writer: MessageWriter, { request }: RequestOp, result: OpResult): void {
  const fields = { requestRange: 1, requestPut: 2, requestDeleteRange: 3, requestTxn: 4 };
  const start = writer.begin(fields[request.case!]);
  // R72: of a header only the revision, and of a nested transaction's not even that.
  const header = writer.begin(1);
  writer.integer(3, result.revision);
  writer.end(header);
  switch (request.case) {
    case 'requestRange':
      writeRange(writer, request.value, result as RangeResult);
      break;
    case 'requestPut':
      writePut(writer, result);
      break;
    case 'requestDeleteRange':
      writeDelete(writer, result as DeleteResult);
      break;
    case 'requestTxn':
    case undefined:
    default:
      writeTxn(writer, request.value as TxnRequest, result as TxnResult);
  }
  writer.end(start);
}

function writeKeyValue(
  writer: MessageWriter,
  field: number,
  kv: KeyValue,
  withValue: boolean,
): void {
  const key = kv.keyBytes;
  const expected = key.length + (withValue ? kv.value.length : 0) + 16;
  const start = writer.begin(field, expected);
  writer.bytes(1, key);
  writer.integer(2, kv.createRevision);
  writer.integer(3, kv.modRevision);
  writer.integer(4, kv.version);
  if (withValue) writer.bytes(5, kv.value);
  writer.int64(6, kv.lease);
  writer.end(start, expected);
}

function expectedBytes(kvs: readonly KeyValue[]): number {
  let bytes = 0;
  for (const { key, value } of kvs) bytes += key.length + value.length + KEY_VALUE_BYTES;
  return bytes;
}
