/**
 * Bytes and the form keys have inside the engine.
 *
 * A key is any non-empty byte string (R8). Inside, it is a **KeyString**: a latin1 string with one char
 * a byte, so `<` is unsigned byte order, it works as a Map key, and it costs half the heap of a Buffer.
 * The conversion happens at the door only. An ASCII string is its own KeyString.
 *
 *     'é'  --UTF-8-->  c3 a9  --latin1-->  'Ã©'   (2 chars, 2 bytes)
 */
export type KeyString = string;

/** Sorts after every KeyString: no byte is 0xffff. The open upper bound of a range. */
export const AFTER_ALL_KEYS: KeyString = '\uffff';

/** True when UTF-8 and latin1 agree on the string. */
export function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0x7f) return false;
  return true;
}

export function keyStringOf(key: string | Uint8Array): KeyString {
  if (typeof key === 'string') {
    return isAscii(key) ? key : Buffer.from(key, 'utf8').latin1Slice();
  }
  // Borrowed: making a Buffer of it first would cost more than the rest.
  return Buffer.prototype.latin1Slice.call(key, 0, key.length);
}

/** The key's bytes, the caller's own. */
export function keyBytesOf(key: KeyString): Uint8Array {
  const bytes = new Uint8Array(key.length);
  for (let i = 0; i < key.length; i++) bytes[i] = key.charCodeAt(i);
  return bytes;
}

/** The key as UTF-8 text; bytes that are not UTF-8 become U+FFFD. */
export function keyTextOf(key: KeyString): string {
  return isAscii(key) ? key : Buffer.from(key, 'latin1').utf8Slice();
}

/** The first key after every key with this prefix; all keys when the prefix is empty or all 0xff. */
export function prefixEnd(prefix: KeyString): KeyString {
  for (let i = prefix.length - 1; i >= 0; i--) {
    const byte = prefix.charCodeAt(i);
    if (byte < 0xff) return prefix.slice(0, i) + String.fromCharCode(byte + 1);
  }
  return AFTER_ALL_KEYS;
}

/** A Buffer over the same bytes, no copy. */
export function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes)
    ? bytes
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Keys and bytes in messages: printable ASCII as it is, the rest as \xNN, long ones cut. */
export function printable(key: KeyString): string {
  const shown = key.length > 64 ? `${key.slice(0, 61)}...` : key;
  let text = '';
  for (const char of shown) {
    const code = char.charCodeAt(0);
    text += code >= 0x20 && code < 0x7f ? char : `\\x${code.toString(16).padStart(2, '0')}`;
  }
  return text;
}

const scratch: Buffer = Buffer.allocUnsafeSlow(1024);

/** A copy that is not part of a larger string, so that it pins nothing and compares fast. */
export function flatKey(key: KeyString): KeyString {
  if (key.length > scratch.length) return Buffer.from(key, 'latin1').latin1Slice();
  scratch.latin1Write(key, 0);
  return scratch.latin1Slice(0, key.length);
}
