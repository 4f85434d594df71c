/**
 * The two requests that come most, read field by field: making a message of the library's for each would cost
 * more than the rest of its handler. What is out of the ordinary (a field that is not known, a number of more
 * than 53 bits, bytes that end too early) is left to the library, so that it decides about it.
 */
import { type DescMessage, fromBinary } from '@bufbuild/protobuf';
import {
  type PutRequest,
  PutRequestSchema,
  type RangeRequest,
  RangeRequest_SortOrder,
  RangeRequestSchema,
  RangeRequest_SortTarget,
} from './generated/rpc_pb.ts';

/** A message without what only its library needs of it. */
export type FieldsOf<M> = Omit<M, '$typeName' | '$unknown'>;

const NOTHING = new Uint8Array(0);

export class RangeFields implements FieldsOf<RangeRequest> {
  key: Uint8Array = NOTHING;
  rangeEnd: Uint8Array = NOTHING;
  limit = 0n;
  revision = 0n;
  sortOrder: RangeRequest_SortOrder = RangeRequest_SortOrder.NONE;
  sortTarget: RangeRequest_SortTarget = RangeRequest_SortTarget.KEY;
  serializable = false;
  keysOnly = false;
  countOnly = false;
  minModRevision = 0n;
  maxModRevision = 0n;
  minCreateRevision = 0n;
  maxCreateRevision = 0n;
}

export class PutFields implements FieldsOf<PutRequest> {
  key: Uint8Array = NOTHING;
  value: Uint8Array = NOTHING;
  lease = 0n;
  prevKv = false;
  ignoreValue = false;
  ignoreLease = false;
}

/** By the full name of the message; of all others the library makes one. */
const READERS: Readonly<Record<string, (bytes: Buffer) => object | undefined>> = {
  [RangeRequestSchema.typeName]: readRange,
  [PutRequestSchema.typeName]: readPut,
};

export function decoderOf(schema: DescMessage): (bytes: Buffer) => object {
  const read = READERS[schema.typeName];
  if (read === undefined) return (bytes) => fromBinary(schema, bytes);
  return (bytes) => read(bytes) ?? fromBinary(schema, bytes);
}

/** Undefined: this is for the library. */
function readRange(bytes: Buffer): RangeFields | undefined {
  const fields = new RangeFields();
  const reader = new FieldReader(bytes);
  while (reader.next()) {
    const { tag } = reader;
    if (tag === bytesTag(1)) fields.key = reader.bytes();
    else if (tag === bytesTag(2)) fields.rangeEnd = reader.bytes();
    else if (tag === varintTag(3)) fields.limit = BigInt(reader.varint());
    else if (tag === varintTag(4)) fields.revision = BigInt(reader.varint());
    else if (tag === varintTag(5)) fields.sortOrder = reader.kind<RangeRequest_SortOrder>();
    else if (tag === varintTag(6)) fields.sortTarget = reader.kind<RangeRequest_SortTarget>();
    else if (tag === varintTag(7)) fields.serializable = reader.small() !== 0;
    else if (tag === varintTag(8)) fields.keysOnly = reader.small() !== 0;
    else if (tag === varintTag(9)) fields.countOnly = reader.small() !== 0;
    else if (tag === varintTag(10)) fields.minModRevision = BigInt(reader.varint());
    else if (tag === varintTag(11)) fields.maxModRevision = BigInt(reader.varint());
    else if (tag === varintTag(12)) fields.minCreateRevision = BigInt(reader.varint());
    else if (tag === varintTag(13)) fields.maxCreateRevision = BigInt(reader.varint());
    else return undefined;
  }
  return reader.isSound ? fields : undefined;
}

function readPut(bytes: Buffer): PutFields | undefined {
  const fields = new PutFields();
  const reader = new FieldReader(bytes);
  while (reader.next()) {
    const { tag } = reader;
    if (tag === bytesTag(1)) fields.key = reader.bytes();
    else if (tag === bytesTag(2)) fields.value = reader.bytes();
    else if (tag === varintTag(3)) fields.lease = BigInt(reader.varint());
    else if (tag === varintTag(4)) fields.prevKv = reader.small() !== 0;
    else if (tag === varintTag(5)) fields.ignoreValue = reader.small() !== 0;
    else if (tag === varintTag(6)) fields.ignoreLease = reader.small() !== 0;
    else return undefined;
  }
  return reader.isSound ? fields : undefined;
}

const varintTag = (field: number): number => field << 3;
const bytesTag = (field: number): number => (field << 3) | 2;

/** Seven bytes hold 49 bits: enough for what is not a random number, and no more than a number holds. */
const VARINT_BYTES_MAX = 7;

/** Along the fields of a message. Once it is not `isSound`, nothing that was read counts. */
class FieldReader {
  /** Of the field that is next: its number and kind. Those beyond 15 take more than a byte, and are unknown. */
  tag = 0;
  isSound = true;
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** False at the end, and where it cannot go on. */
  next(): boolean {
    if (!this.isSound || this.#at >= this.#bytes.length) return false;
    this.tag = this.#bytes[this.#at++]!;
    return true;
  }

  bytes(): Uint8Array {
    const length = this.varint();
    const start = this.#at;
    if (start + length > this.#bytes.length) this.isSound = false;
    this.#at = start + length;
    return this.#bytes.subarray(start, this.#at);
  }

  varint(): number {
    const bytes = this.#bytes;
    let value = 0;
    let factor = 1;
    for (let count = 0; count < VARINT_BYTES_MAX && this.#at < bytes.length; count++) {
      const byte = bytes[this.#at++]!;
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
      factor *= 0x80;
    }
    this.isSound = false;
    return 0;
  }

  /** One of an enum, or a number that is none of it. */
  kind<E extends number>(): E {
    return this.small() as E;
  }

  /** Larger than any bool or kind is for the library. */
  small(): number {
    const value = this.varint();
    if (value > 0x7f) this.isSound = false;
    return value;
  }
}
