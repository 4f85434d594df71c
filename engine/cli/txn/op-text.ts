/**
 * A request of a transaction: `put key value`, `get key [end]` or `del key [end]`, with the flags that
 * etcdctl's commands of these names have.
 */
import type { Op, RangeOptions, Selector } from '../../types.ts';
import { LEASE_ID, leaseIdOf } from '../lease-id.ts';
import type { LineScanner, Word } from './line-scanner.ts';

/** True: the flag has a value. */
type Flags = Readonly<Record<string, boolean>>;
const RANGE_FLAGS: Flags = { prefix: false, 'from-key': false };
const FLAGS: Readonly<Record<string, Flags>> = {
  put: { 'prev-kv': false, 'ignore-value': false, 'ignore-lease': false, lease: true },
  get: {
    ...RANGE_FLAGS,
    'keys-only': false,
    limit: true,
    rev: true,
    'sort-by': true,
    order: true,
  },
  del: { ...RANGE_FLAGS, 'prev-kv': false },
};
const SORTS: Readonly<Record<string, RangeOptions['sort']>> = {
  KEY: 'key',
  VERSION: 'version',
  CREATE: 'create',
  MODIFY: 'mod',
  VALUE: 'value',
};
const HINT = 'put <key> <value>, get <key> [end] or del <key> [end]; quotes keep spaces';

export function opOf(line: LineScanner): Op {
  const verb = line.word('a request');
  const known = verb.isQuoted || !Object.hasOwn(FLAGS, verb.text) ? undefined : FLAGS[verb.text];
  if (known === undefined) {
    throw line.error(`put, get or del, not ${JSON.stringify(verb.text)}`, verb.column, HINT);
  }
  const words = new Words(line, known);
  if (verb.text === 'put') return putOf(words);
  if (verb.text === 'get') return rangeOf(words);
  const selector = selectorOf(words);
  const options = { prevKv: words.has('prev-kv') };
  return { op: 'deleteRange', selector, options };
}

function putOf(words: Words): Op {
  const key = words.next('the key');
  const ignoreValue = words.has('ignore-value');
  const value = ignoreValue ? '' : words.next('the value').bytes;
  words.end();
  const lease = words.value('lease', LEASE_ID, 'a hexadecimal number');
  const options = {
    prevKv: words.has('prev-kv'),
    ignoreValue,
    ignoreLease: words.has('ignore-lease'),
    ...(lease === undefined ? {} : { lease: leaseIdOf(lease) }),
  };
  return { op: 'put', key: key.bytes, value, options };
}

function rangeOf(words: Words): Op {
  const selector = selectorOf(words);
  const sort = words.value('sort-by', /^(KEY|VERSION|CREATE|MODIFY|VALUE)$/, 'KEY, VERSION, ...');
  const order = words.value('order', /^(ASCEND|DESCEND)$/, 'ASCEND or DESCEND');
  const options = {
    keysOnly: words.has('keys-only'),
    limit: words.number('limit'),
    revision: words.number('rev'),
    reverse: order === 'DESCEND',
    sort: SORTS[sort ?? 'KEY'] ?? 'key',
  };
  return { op: 'range', selector, options };
}

function selectorOf(words: Words): Selector {
  const key = words.next('the key');
  const end = words.optional();
  words.end();
  const given = [end && 'an end', words.has('prefix') && '--prefix'];
  given.push(words.has('from-key') && '--from-key');
  const chosen = given.filter((name) => typeof name === 'string');
  if (chosen.length > 1) {
    throw words.line.error(`${chosen.join(' and ')} do not go together`, key.column);
  }
  if (end !== undefined) return { gte: key.bytes, lt: end.bytes };
  if (words.has('prefix')) return { prefix: key.bytes };
  if (!words.has('from-key')) return key.bytes;
  return key.bytes.length === 0 ? { all: true } : { gte: key.bytes };
}

/** The words after the verb, flags taken out. */
class Words {
  readonly line: LineScanner;
  readonly #plain: Word[] = [];
  readonly #flags = new Map<string, Word>();

  constructor(line: LineScanner, known: Flags) {
    this.line = line;
    const words = line.words();
    for (let word = words.shift(); word !== undefined; word = words.shift()) {
      if (word.isQuoted || !word.text.startsWith('--')) {
        this.#plain.push(word);
      } else if (word.text === '--') {
        this.#plain.push(...words.splice(0));
      } else {
        this.#flag(word, known, words);
      }
    }
  }

  next(what: string): Word {
    const word = this.#plain.shift();
    if (word === undefined) throw this.line.error(`${what} is missing`, undefined, HINT);
    return word;
  }

  optional(): Word | undefined {
    return this.#plain.shift();
  }

  end(): void {
    const word = this.#plain.shift();
    if (word === undefined) return;
    throw this.line.error(`one word too many: ${word.text}`, word.column, HINT);
  }

  has(flag: string): boolean {
    return this.#flags.has(flag);
  }

  value(flag: string, pattern: RegExp, what: string): string | undefined {
    const word = this.#flags.get(flag);
    if (word === undefined || pattern.test(word.text)) return word?.text;
    throw this.line.error(`--${flag} takes ${what}, not ${word.text}`, word.column);
  }

  number(flag: string): number {
    return Number(this.value(flag, /^[0-9]{1,15}$/, 'a whole number') ?? 0);
  }

  #flag(word: Word, known: Flags, rest: Word[]): void {
    const [, name = '', given] = /^--([^=]*)(?:=(.*))?$/s.exec(word.text) ?? [];
    const takesValue = Object.hasOwn(known, name) ? known[name] : undefined;
    if (takesValue === undefined) {
      const all = Object.keys(known).map((flag) => `--${flag}`);
      throw this.line.error(`no such flag: --${name}`, word.column, `there are ${all.join(', ')}`);
    }
    if (!takesValue && given !== undefined) {
      throw this.line.error(`--${name} takes no value`, word.column);
    }
    const value = given !== undefined ? { ...word, text: given } : takesValue ? rest.shift() : word;
    if (value === undefined) throw this.line.error(`--${name} needs a value`, word.column);
    this.#flags.set(name, value);
  }
}
