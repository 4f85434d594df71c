/**
 * The cases that were recorded from a real etcd: what it was asked and what it answered, in the protocol's
 * own field names. `{ $rev: n }` stands for n more than the revision a case began at; `$hex`, `$repeat`
 * and `$ops` stand for bytes and lists that are awkward to write out, `{ $gte: a, $lte: b }` for a number
 * in between.
 */
import { readFileSync } from 'node:fs';

export type Fields = Readonly<Record<string, unknown>>;

export interface Step {
  readonly op: string;
  readonly req?: Fields;
  /** Only these fields were recorded, by their paths. */
  readonly pick?: readonly string[];
  readonly expect: Fields;
  /** Remember the hash under this name; or it must be the one remembered. */
  readonly saveHash?: string;
  readonly eqHash?: string;
  /** Of a watch: which stream, and how many events to collect. */
  readonly stream?: string;
  readonly events?: number;
  /** How long it takes, or may take. */
  readonly ms?: number;
}

export interface RecordedCase {
  readonly id: string;
  readonly group: string;
  readonly title: string;
  /** Begins with a new store; else with one that has been used and emptied. */
  readonly fresh: boolean;
  /** etcd was started with these. */
  readonly serverFlags?: readonly string[];
  readonly steps: readonly Step[];
}

const file = new URL('../../spec/fixtures/etcd-3.4.23.json', import.meta.url);

export const recordedCases: readonly RecordedCase[] = (
  JSON.parse(readFileSync(file, 'utf8')) as { readonly cases: readonly RecordedCase[] }
).cases;

/** The value with everything that stands for something else replaced. */
export function resolved(value: unknown, base: number): unknown {
  if (Array.isArray(value)) return value.map((element) => resolved(element, base));
  if (typeof value !== 'object' || value === null) return value;
  const fields = value as Fields;
  if ('$rev' in fields) return base + (fields['$rev'] as number);
  if ('$hex' in fields) return Buffer.from(fields['$hex'] as string, 'hex');
  if ('$repeat' in fields) {
    const [text, times] = fields['$repeat'] as [string, number];
    return text.repeat(times);
  }
  if ('$ops' in fields) {
    const [count, template] = fields['$ops'] as [number, unknown];
    return Array.from({ length: count }, (_, i) => numbered(template, i));
  }
  return mapped(fields, (field) => resolved(field, base));
}

/** `#` is the operation's number, in four digits. */
function numbered(template: unknown, number: number): unknown {
  const text = JSON.stringify(template).replaceAll('#', String(number).padStart(4, '0'));
  return JSON.parse(text);
}

/** As plain data to be compared: bytes as text, what is absent left out. */
export function plain(value: unknown): unknown {
  if (typeof value === 'string') return printed(Buffer.from(value));
  if (value instanceof Uint8Array) return printed(value);
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return mapped(value as Fields, plain);
}

/** Plain data, with each number that lies in the range expected of it replaced by that range. */
export function rangesMet(answer: unknown, expected: unknown): unknown {
  if (typeof expected !== 'object' || expected === null) return answer;
  if (typeof answer === 'number') {
    const { $gte, $lte } = expected as { readonly $gte?: number; readonly $lte?: number };
    return answer >= Number($gte) && answer <= Number($lte) ? expected : answer;
  }
  if (Array.isArray(answer)) {
    return answer.map((element, i) => rangesMet(element, (expected as readonly unknown[])[i]));
  }
  if (typeof answer !== 'object' || answer === null) return answer;
  const fields = Object.entries(answer).map(([name, field]) => [
    name,
    rangesMet(field, (expected as Fields)[name]),
  ]);
  return Object.fromEntries(fields);
}

function mapped(fields: Fields, change: (field: unknown) => unknown): Fields {
  const entries = Object.entries(fields).filter(([, field]) => field !== undefined);
  return Object.fromEntries(entries.map(([name, field]) => [name, change(field)]));
}

/** Printable ASCII as it is, the rest as \xNN. */
function printed(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) {
    const isPlain = byte >= 0x20 && byte < 0x7f;
    text += isPlain ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, '0')}`;
  }
  return text;
}
