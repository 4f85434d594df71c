/**
 * CRC-32C (Castagnoli, reflected 0x82f63b78), the checksum of etcd's hashes (R140, R146). The log's own
 * frames use zlib's crc32, which is native.
 *
 * Eight bytes a step ("slicing by 8", Kounavis and Berry 2005): TABLES[k * 256 + b] is what byte b does to
 * the checksum when k more bytes follow it, so the bytes of a step are looked up independently.
 */
const TABLES: Int32Array = new Int32Array(8 * 256);
for (let byte = 0; byte < 256; byte++) {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0x82f63b78 : 0);
  TABLES[byte] = crc;
}
for (let i = 256; i < TABLES.length; i++) {
  const shorter = TABLES[i - 256]!;
  TABLES[i] = (shorter >>> 8) ^ TABLES[shorter & 0xff]!;
}

/** The checksum of the first `length` bytes appended to what `previous` is the checksum of. */
export function crc32c(bytes: Uint8Array, previous = 0, length: number = bytes.length): number {
  let crc = ~previous;
  let i = 0;
  for (; i + 8 <= length; i += 8) {
    crc ^= bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24);
    crc =
      TABLES[0x700 | (crc & 0xff)]! ^
      TABLES[0x600 | ((crc >>> 8) & 0xff)]! ^
      TABLES[0x500 | ((crc >>> 16) & 0xff)]! ^
      TABLES[0x400 | (crc >>> 24)]! ^
      TABLES[0x300 | bytes[i + 4]!]! ^
      TABLES[0x200 | bytes[i + 5]!]! ^
      TABLES[0x100 | bytes[i + 6]!]! ^
      TABLES[bytes[i + 7]!]!;
  }
  for (; i < length; i++) crc = TABLES[(crc ^ bytes[i]!) & 0xff]! ^ (crc >>> 8);
  return ~crc >>> 0;
}
