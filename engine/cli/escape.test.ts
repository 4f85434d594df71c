/** The escaped form and its inverse. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { property } from '../base/property.testing.ts';
import { escaped, unescaped, utf8Of } from './escape.ts';

const bytes = (latin1: string): Uint8Array => Buffer.from(latin1, 'latin1');

describe('escaped', () => {
  it.each([
    ['a/b c', 'a/b c'],
    ['caf\xc3\xa9', 'café'],
    ['a\tb\nc\r', 'a\\tb\\nc\\r'],
    ['C:\\x41', 'C:\\\\x41'],
    ['a\xff\x00', 'a\\xff\\x00'],
    ['\xc3\xa9\xff', '\\xc3\\xa9\\xff'],
    ['\x1b[31m\x7f', '\\x1b[31m\\x7f'],
    ['\xc2\x9b', '\\xc2\\x9b'],
    ['\xe2\x80\xa8', '\\xe2\\x80\\xa8'],
    ['\xef\xbb\xbfbom', '\ufeffbom'],
  ])('shows %j as %j', (latin1, text) => {
    expect(escaped(bytes(latin1))).toBe(text);
    expect(Buffer.from(unescaped(text)).toString('latin1')).toBe(latin1);
  });

  property([fc.uint8Array()])('is one printable line, and reversible', (input) => {
    const text = escaped(input);
    // oxlint-disable-next-line no-control-regex
    expect(text).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
    expect(Buffer.from(unescaped(text))).toEqual(Buffer.from(input));
  });

  property([fc.string({ unit: 'binary' })])('is reversible for text', (input) => {
    const text = new Uint8Array(Buffer.from(input));
    expect(Buffer.from(unescaped(escaped(text)))).toEqual(Buffer.from(text));
    expect(Buffer.from(utf8Of(text) ?? '')).toEqual(Buffer.from(text));
  });

  it.each(['\\', 'a\\q', '\\x1', '\\xgg', 'end\\'])('refuses the escape in %j', (text) => {
    expect(() => unescaped(text)).toThrow(expect.objectContaining({ code: 'ERR_USAGE' }));
  });
});
