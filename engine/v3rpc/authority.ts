/**
 * What a client calls the server it speaks to: `:authority`, the first header of a request. etcdctl 3.4 takes
 * the endpoint for it as it was typed, so that it may be `http://127.0.0.1:2379`. etcd does not mind; Node's
 * HTTP/2 refuses the request, since an authority has no scheme. Nothing here asks for its value, so one with a
 * scheme is replaced by `etcd`:
 *
 *     │ 0100 0001 │ 1 001 0000 │ http://127.0.0.1:2379, Huffman-coded │   literal, name 1, 16 bytes
 *     │ 0100 0001 │ 0 000 0100 │ etcd │                                   literal, name 1, 4 bytes
 *
 * Where a literal enters the table of headers (RFC 7541, 2.3.2), later requests name it by its index: order
 * is kept, so the index still means it. The value is shorter than the one it replaces, so here the table
 * holds all that the client's does, and perhaps entries that the client has forgotten: it names none of those.
 */

const AUTHORITY_INDEX = 1;
const VALUE: Uint8Array = Buffer.from('\u0004etcd', 'latin1');

/** As they begin a value, and as their Huffman codes (RFC 7541, appendix B) do, bit by bit. */
const SCHEMES: readonly Uint8Array[] = [Buffer.from('http://'), Buffer.from('https://')];
const CODED_SCHEMES: readonly string[] = [
  '10011101001010011010111011100011000011000',
  '1001110100101001101011010001011100011000011000',
];
const CODED_BYTES = 6;

/** The headers of a request, or the first of them; undefined if there is nothing to be replaced. */
export function withoutScheme(block: Uint8Array): Uint8Array | undefined {
  const value = authorityIn(block);
  if (value === undefined || !hasScheme(value, block)) return undefined;
  return Buffer.concat([block.subarray(0, value.start), VALUE, block.subarray(value.end)]);
}

interface Text {
  /** Of its length. */
  readonly start: number;
  readonly isCoded: boolean;
  /** Of its bytes. */
  readonly bytes: number;
  readonly end: number;
}

/** The value of the first literal that is called so, if it is there as a whole. */
function authorityIn(block: Uint8Array): Text | undefined {
  let at = 0;
  while (at < block.length) {
    const first = block[at]!;
    const isIndexed = (first & 0x80) !== 0;
    const isTableSize = (first & 0xe0) === 0x20;
    const adds = (first & 0xc0) === 0x40;
    const index = integerAt(block, at, isIndexed ? 7 : adds ? 6 : isTableSize ? 5 : 4);
    if (index === undefined) return undefined;
    at = index.end;
    if (isIndexed || isTableSize) continue;
    if (index.value === 0) {
      const name = textAt(block, at);
      if (name === undefined) return undefined;
      at = name.end;
    }
    const value = textAt(block, at);
    if (value === undefined || index.value === AUTHORITY_INDEX) return value;
    at = value.end;
  }
  return undefined;
}

function textAt(block: Uint8Array, start: number): Text | undefined {
  const length = integerAt(block, start, 7);
  if (length === undefined || length.end + length.value > block.length) return undefined;
  const { value, end: bytes } = length;
  return { start, isCoded: (block[start]! & 0x80) !== 0, bytes, end: bytes + value };
}

/** Larger numbers stand in no frame that is read here. */
const INTEGER_BYTES_MAX = 4;

/** RFC 7541, 5.1: in the last bits of a byte, and if they are all ones in the bytes that follow. */
function integerAt(
  block: Uint8Array,
  start: number,
  bits: number,
): { readonly value: number; readonly end: number } | undefined {
  const mask = 2 ** bits - 1;
  if (start >= block.length) return undefined;
  let value = block[start]! & mask;
  let end = start + 1;
  if (value < mask) return { value, end };
  for (let i = 0; i < INTEGER_BYTES_MAX && end < block.length; i++) {
    const byte = block[end++]!;
    value += (byte & 0x7f) * 2 ** (7 * i);
    if (byte < 0x80) return { value, end };
  }
  return undefined;
}

function hasScheme({ isCoded, bytes, end }: Text, block: Uint8Array): boolean {
  const value = block.subarray(bytes, end);
  if (!isCoded) {
    return SCHEMES.some((scheme) => Buffer.compare(value.subarray(0, scheme.length), scheme) === 0);
  }
  let bits = '';
  for (const byte of value.subarray(0, CODED_BYTES)) bits += byte.toString(2).padStart(8, '0');
  return CODED_SCHEMES.some((scheme) => bits.startsWith(scheme));
}
