/**
 * What commands print of keys and values, in two forms.
 *
 * Text is for people: one line a key, escaped as in `escape.ts`. JSON is for programs: one object a
 * line, text in `key` and `value`; bytes that are not UTF-8 come as base64 in `keyBase64` and
 * `valueBase64` instead, so that nothing is lost and a reader never has to guess. Leases are
 * strings, since they are int64.
 */
import { styleText } from 'node:util';
import type { KeyValue } from '../types.ts';
import { escaped, utf8Of } from './escape.ts';
import type { CliIo } from './io.ts';

export const JSON_HELP = `With --json: one object a line. "key" and "value" are text; bytes that are
not UTF-8 come as base64 in "keyBase64" and "valueBase64" instead.`;

export const ESCAPE_HELP = `Control characters, backslashes and bytes that are not UTF-8 are shown
as \\n, \\t, \\r, \\\\ and \\xNN; with --escaped, keys are read in that form too.`;

type JsonObject = Record<string, string | number>;

export function jsonBytes(name: string, bytes: Uint8Array): JsonObject {
  const text = utf8Of(bytes);
  return text === undefined
    ? { [`${name}Base64`]: Buffer.from(bytes).toString('base64') }
    : { [name]: text };
}

export function jsonKeyValue(kv: KeyValue, keysOnly = false): JsonObject {
  return {
    ...jsonBytes('key', kv.keyBytes),
    ...(keysOnly ? {} : jsonBytes('value', kv.value)),
    createRevision: kv.createRevision,
    modRevision: kv.modRevision,
    version: kv.version,
    ...(kv.lease === 0n ? {} : { lease: String(kv.lease) }),
  };
}

/** `key TAB value`; a TAB inside either is escaped, so the first one separates. */
export function keyValueLine(kv: KeyValue, keysOnly = false): string {
  return keysOnly ? escaped(kv.keyBytes) : `${escaped(kv.keyBytes)}\t${escaped(kv.value)}`;
}

const LINE_FEED = 10;

/** A value on its own: text as it is, ending in one line feed of its own or ours; else escaped. */
export function valueText(value: Uint8Array): Uint8Array {
  const ended = value.at(-1) === LINE_FEED;
  if (utf8Of(value) === undefined) return Buffer.from(`${escaped(value)}\n`);
  return ended ? value : Buffer.concat([value, Uint8Array.of(LINE_FEED)]);
}

export function plural(count: number, one: string, many: string = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

/** 1536 is '1.5 KiB'. */
export function sizeText(bytes: number): string {
  const units = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'];
  let size = bytes;
  let unit = 0;
  for (; size >= 1024 && unit < units.length - 1; unit++) size /= 1024;
  return `${unit === 0 ? size : size.toFixed(1)} ${units[unit] ?? ''}`;
}

export type Colour = 'yellow' | 'green' | 'red' | 'dim';
export type Paint = (colour: Colour, text: string) => string;

/** Colours on a terminal, unless NO_COLOR is set. */
export function painter(io: CliIo): Paint {
  const isOn = io.stdout.isTTY === true && (io.env['NO_COLOR'] ?? '') === '';
  return (colour, text) => (isOn ? styleText(colour, text, { validateStream: false }) : text);
}
