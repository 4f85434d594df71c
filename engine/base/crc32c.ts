/**
 * CRC-32C (Castagnoli, reflected 0x82f63b78), the checksum of etcd's hashes (R140, R146). The log's own
 * frames use zlib's crc32, which is native.
 */
const TABLE: Uint32Array = new Uint32Array(256);
for (let byte = 0; byte < 256; byte++) {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  TABLE[byte] = crc >>> 0;
}

/** The checksum of `bytes` appended to what `previous` is the checksum of. */
export function crc32c(bytes: Uint8Array, previous = 0): number {
  let crc = ~previous >>> 0;
  for (let i = 0; i < bytes.length; i++) {
    crc = TABLE[(crc ^ bytes[i]!) & 0xff]! ^ (crc >>> 8);
  }
  return ~crc >>> 0;
}
