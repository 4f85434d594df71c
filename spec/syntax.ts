/**
 * How operations are written down: the words that `describe.ts` prints and `script-parser.ts` reads.
 *
 *     put KEY VALUE [lease=N] [prev] [ignore-value] [ignore-lease] [if-mod=N]
 *     get KEY [rev=N] [keys-only]
 *     range KEYS [rev=N] [keys-only] [limit=N] [reverse] [sort=TARGET]
 *                [min-mod=N] [max-mod=N] [min-create=N] [max-create=N]
 *     count KEYS [rev=N]
 *     delete KEYS [prev] [if-mod=N]
 *     write: STEP; STEP; …            a step is put, delete, get, range or throw
 *     write lenient: STEP; STEP; …    errors of a step are caught inside, and the transaction goes on
 *     txn [ COMPARE & COMPARE … ? STEP; STEP; … : STEP; STEP; … ]
 *                                     a step is put, delete, range or txn; what is empty may be left out
 *     compact N [physical]
 *     hashkv [rev=N]
 *     history KEYS [from=N] [to=N]
 *     diff KEYS from=N [to=N]
 *     snapshot NAME [rev=N]
 *     in NAME GET, RANGE or COUNT
 *     release NAME
 *     defragment
 *     flush
 *     restart
 *     grant LEASE ttl=N
 *     revoke LEASE
 *     keepalive LEASE
 *     ttl LEASE [keys]
 *     leases
 *     advance N                       so many seconds go by
 *     watch NAME KEYS [from=N] [prev] [only=put or only=delete]
 *     events NAME                     since they were asked for the last time
 *     cancel NAME
 *
 *     COMPARE value KEYS = KEY, or version, create, mod or lease KEYS = N; also with != > <
 *     KEYS    KEY, or prefix=KEY, or any of gte=KEY gt=KEY lt=KEY lte=KEY, or all
 *     KEY     printable ASCII as it is, any byte as \xNN, the empty string as "",
 *             x{1000} for a thousand times x
 */
import type { Bytes } from './types.ts';

/** Option by option: its name in the data, its word, and what it takes. */
export const OPTION_WORDS: readonly {
  readonly field: string;
  readonly word: string;
  readonly takes: 'nothing' | 'number' | 'bigint' | 'word';
}[] = [
  { field: 'revision', word: 'rev', takes: 'number' },
  { field: 'lease', word: 'lease', takes: 'bigint' },
  { field: 'prevKv', word: 'prev', takes: 'nothing' },
  { field: 'ignoreValue', word: 'ignore-value', takes: 'nothing' },
  { field: 'ignoreLease', word: 'ignore-lease', takes: 'nothing' },
  { field: 'ifModRevision', word: 'if-mod', takes: 'number' },
  { field: 'keysOnly', word: 'keys-only', takes: 'nothing' },
  { field: 'limit', word: 'limit', takes: 'number' },
  { field: 'reverse', word: 'reverse', takes: 'nothing' },
  { field: 'sort', word: 'sort', takes: 'word' },
  { field: 'minModRevision', word: 'min-mod', takes: 'number' },
  { field: 'maxModRevision', word: 'max-mod', takes: 'number' },
  { field: 'minCreateRevision', word: 'min-create', takes: 'number' },
  { field: 'maxCreateRevision', word: 'max-create', takes: 'number' },
  { field: 'from', word: 'from', takes: 'number' },
  { field: 'to', word: 'to', takes: 'number' },
  { field: 'physical', word: 'physical', takes: 'nothing' },
  { field: 'ttl', word: 'ttl', takes: 'number' },
  { field: 'keys', word: 'keys', takes: 'nothing' },
  { field: 'only', word: 'only', takes: 'word' },
];

/** What a selector may name instead of one key. */
export const BOUND_WORDS = ['prefix', 'gte', 'gt', 'lt', 'lte'] as const;

/** These mean something in the syntax, so a key that holds one of them shows it as \xNN. */
const SPECIAL = /[\\"=;:#{}?&[\]]/;
const RUN_MIN = 16;

/** A byte string as one word. */
export function wordOf(bytes: Bytes): string {
  if (bytes === '') return '""';
  // Or else the key "all" would read as the selector of all keys.
  if (bytes === 'all') return '\\x61ll';
  return bytes.replaceAll(/(.)\1*/gs, (run, char: string) =>
    run.length >= RUN_MIN ? `${charWord(char)}{${run.length}}` : charWord(char).repeat(run.length),
  );
}

/** The byte string that a word stands for. */
export function bytesOf(word: string): Bytes {
  if (word === '""') return '';
  return word.replaceAll(
    /(?:\\x([0-9a-f]{2})|([^\\]))(?:\{(\d+)\})?/g,
    (_, hex: string | undefined, char: string | undefined, times: string | undefined) =>
      (char ?? String.fromCharCode(Number.parseInt(hex!, 16))).repeat(Number(times ?? 1)),
  );
}

function charWord(char: string): string {
  const code = char.charCodeAt(0);
  const isPlain = code > 0x20 && code < 0x7f && !SPECIAL.test(char);
  return isPlain ? char : `\\x${code.toString(16).padStart(2, '0')}`;
}
