/**
 * Keys and values are bytes; a terminal and a line-wise tool want text on one line. This is the
 * form that `range` and `log` print and that `--escaped` reads back, byte for byte:
 *
 *     bytes                    shown
 *     61 2f 62                 a/b
 *     63 61 66 c3 a9           café          valid UTF-8 stays as it is
 *     61 09 62 0a              a\tb\n        control characters and the backslash are escaped
 *     5c                       \\
 *     61 ff 00                 a\xff\x00     in bytes that are not UTF-8, everything but ASCII
 */
import { usageError } from './cli-error.ts';

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The text that these bytes are the UTF-8 of; undefined if there is none. */
export function utf8Of(bytes: Uint8Array): string | undefined {
  try {
    return strictUtf8.decode(bytes);
  } catch {
    return undefined;
  }
}

const NAMED: Readonly<Record<string, string>> = {
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\\': '\\\\',
};
// C0 and C1 controls, DEL, the backslash, and the two separators that some tools take for line
// ends.
// oxlint-disable-next-line no-control-regex
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\\\u2028\u2029]/g;
// oxlint-disable-next-line no-control-regex
const UNSAFE_OR_HIGH = /[\u0000-\u001f\u007f-\u00ff\\]/g;

export function escaped(bytes: Uint8Array): string {
  const text = utf8Of(bytes);
  if (text !== undefined) return text.replace(UNSAFE, (char) => NAMED[char] ?? hexOf(char, 'utf8'));
  const latin1 = Buffer.from(bytes).toString('latin1');
  return latin1.replace(UNSAFE_OR_HIGH, (char) => NAMED[char] ?? hexOf(char, 'latin1'));
}

function hexOf(char: string, encoding: 'utf8' | 'latin1'): string {
  return Buffer.from(char, encoding).toString('hex').replace(/../g, '\\x$&');
}

const ESCAPE = /\\(?:x([0-9a-fA-F]{2})|([nrt\\])|)/g;
const BYTE_OF_NAME: Readonly<Record<string, number>> = { n: 10, r: 13, t: 9, '\\': 92 };

/** The inverse of `escaped`. */
export function unescaped(text: string): Uint8Array {
  const parts: Uint8Array[] = [];
  let end = 0;
  for (const match of text.matchAll(ESCAPE)) {
    const [whole, hex, name] = match;
    if (hex === undefined && name === undefined) {
      throw usageError(
        `no such escape in ${text}: ${text.slice(match.index, match.index + 4)}`,
        '--escaped knows \\n, \\r, \\t, \\\\ and \\xNN',
      );
    }
    const byte = hex === undefined ? BYTE_OF_NAME[name ?? ''] : Number.parseInt(hex, 16);
    parts.push(Buffer.from(text.slice(end, match.index)), Uint8Array.of(byte ?? 0));
    end = match.index + whole.length;
  }
  parts.push(Buffer.from(text.slice(end)));
  return Buffer.concat(parts);
}
