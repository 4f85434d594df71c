/** Few keys that collide: prefixes of one another, both ends of the byte order, bytes that are no text. */
import { AFTER_ALL_KEYS } from '../../engine/base/bytes.ts';
import type { Bytes } from '../../spec/types.ts';

/** The plainest first, which is what a program is made smaller to. */
export const KEYS: readonly Bytes[] = [
  ['a', 'b', 'ab', 'abc', 'a\x00', 'a\xff', 'b\xff', '\xff'],
  ['\x00', '\x00\x00', '\xff\xff', 'abd', 'k', '\xc3\xa9', '\x80', `${'k'.repeat(300)}a`],
].flat();

/** Where ranges end: at keys, between them, and behind them all. */
export const BOUNDS: readonly Bytes[] = [AFTER_ALL_KEYS, ...KEYS, 'aa', 'a\xff\x00', '\x01', 'zz'];
