/** Against the definition of the checksum, a bit at a time; known sums are in `base.test.ts`. */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { crc32c } from './crc32c.ts';

function bitByBit(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ ((crc & 1) * 0x82f63b78);
  }
  return ~crc >>> 0;
}

test('is what the definition says, of any length', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 70 }), (bytes) => {
      expect(crc32c(bytes)).toBe(bitByBit(bytes));
    }),
  );
});

test('goes on where it ended, wherever the bytes are cut', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 70 }), fc.nat(70), (bytes, cut) => {
      const first = Math.min(cut, bytes.length);
      const previous = crc32c(bytes, 0, first);
      expect(previous).toBe(bitByBit(bytes.subarray(0, first)));
      expect(crc32c(bytes.subarray(first), previous)).toBe(bitByBit(bytes));
    }),
  );
});
