/**
 * Messages written field by field into one growing buffer: for answers that are sent so often that an object
 * for each message would cost more than its bytes. What is zero or empty is left out, as proto3 has it.
 */
const SPARE_BYTES = 256;

export class MessageWriter {
  #buffer: Buffer;
  #at = 0;

  /** `expectedBytes`: what will be written, about. */
  constructor(expectedBytes = 0) {
    this.#buffer = Buffer.allocUnsafe(expectedBytes + SPARE_BYTES);
  }

  /** A safe integer; a negative one takes ten bytes, as in every int64. */
  integer(field: number, value: number): void {
    if (value < 0) this.int64(field, BigInt(value));
    else if (value > 0) this.#head(field, 0, value);
  }

  int64(field: number, value: bigint): void {
    if (value === 0n) return;
    this.#reserve(20);
    this.#varint((field << 3) >>> 0);
    let rest = BigInt.asUintN(64, value);
    for (; rest > 0x7fn; rest >>= 7n) this.#buffer[this.#at++] = Number(rest & 0x7fn) | 0x80;
    this.#buffer[this.#at++] = Number(rest);
  }

  bool(field: number, value: boolean): void {
    if (value) this.#head(field, 0, 1);
  }

  bytes(field: number, value: Uint8Array): void {
    if (value.length === 0) return;
    this.#head(field, 2, value.length, value.length);
    this.#buffer.set(value, this.#at);
    this.#at += value.length;
  }

  /** Encoded before: fields as they stand. */
  raw(fields: Uint8Array): void {
    this.#reserve(fields.length);
    this.#buffer.set(fields, this.#at);
    this.#at += fields.length;
  }

  /** A message within; `expectedBytes` near its size saves moving it afterwards. Goes to `end`. */
  begin(field: number, expectedBytes = 0): number {
    this.#reserve(20);
    this.#varint(((field << 3) | 2) >>> 0);
    this.#at += varintBytes(expectedBytes);
    return this.#at;
  }

  /** An empty message is written, too. `expectedBytes` is what `begin` was told. */
  end(start: number, expectedBytes = 0): void {
    const length = this.#at - start;
    const reserved = varintBytes(expectedBytes);
    const needed = varintBytes(length);
    if (needed !== reserved) {
      this.#reserve(10);
      this.#buffer.copyWithin(start - reserved + needed, start, this.#at);
    }
    this.#at = start - reserved;
    this.#varint(length);
    this.#at += length;
  }

  finish(): Buffer {
    return this.#buffer.subarray(0, this.#at);
  }

  #head(field: number, wireType: number, value: number, following = 0): void {
    this.#reserve(20 + following);
    this.#varint(((field << 3) | wireType) >>> 0);
    this.#varint(value);
  }

  #varint(value: number): void {
    let rest = value;
    // Past 31 bits the operators on integers are of no use.
    for (; rest > 0x7fff_ffff; rest = Math.floor(rest / 0x80)) {
      this.#buffer[this.#at++] = (rest % 0x80) | 0x80;
    }
    for (; rest > 0x7f; rest >>>= 7) this.#buffer[this.#at++] = (rest & 0x7f) | 0x80;
    this.#buffer[this.#at++] = rest;
  }

  #reserve(bytes: number): void {
    if (this.#at + bytes <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.#buffer.length * 2, this.#at + bytes));
    this.#buffer.copy(larger, 0, 0, this.#at);
    this.#buffer = larger;
  }
}

function varintBytes(value: number): number {
  let bytes = 1;
  for (let rest = value; rest > 0x7f; rest = Math.floor(rest / 0x80)) bytes++;
  return bytes;
}
