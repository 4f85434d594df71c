/**
 * One line of a transaction, word by word, as etcdctl's shell-like syntax has them:
 *
 *     bare          up to the next space, as it is
 *     'single'      everything up to the next single quote, as it is
 *     "double"      with the escapes \n \r \t \\ \" and \xNN
 *
 * Every error says line and column, counted from 1.
 */
import { type CliError, usageError } from '../cli-error.ts';

export interface Word {
  readonly bytes: Uint8Array;
  /** The bytes as text: what flags, numbers and operators are read from. */
  readonly text: string;
  readonly column: number;
  readonly isQuoted: boolean;
}

const ESCAPED: Readonly<Record<string, string>> = {
  n: '\n',
  r: '\r',
  t: '\t',
  '\\': '\\',
  '"': '"',
};

export class LineScanner {
  readonly #text: string;
  readonly #number: number;
  #at = 0;

  constructor(text: string, number: number) {
    this.#text = text;
    this.#number = number;
  }

  get column(): number {
    return this.#at + 1;
  }

  /** Past spaces; whether the line ends there. */
  isAtEnd(): boolean {
    while (/\s/.test(this.#text[this.#at] ?? '')) this.#at++;
    return this.#at === this.#text.length;
  }

  /** Takes what the pattern, which is sticky, matches here; undefined and no step if it does not. */
  take(pattern: RegExp): string | undefined {
    return this.isAtEnd() ? undefined : this.#takeHere(pattern);
  }

  /** `bare` matches one that is not quoted. `what` names it, if it is missing. */
  word(what: string, bare: RegExp = /[^\s'"]\S*/y): Word {
    if (this.isAtEnd()) throw this.error(`${what} is missing`);
    const { column } = this;
    const isQuoted = /['"]/.test(this.#text[this.#at]!);
    const bytes = isQuoted ? this.#quoted() : Buffer.from(this.take(bare) ?? '');
    if (!isQuoted && bytes.length === 0) throw this.error(`${what} is missing`);
    return { bytes, text: bytes.toString(), column, isQuoted };
  }

  /** Words up to the end of the line. */
  words(): Word[] {
    const found: Word[] = [];
    while (!this.isAtEnd()) found.push(this.word('a word'));
    return found;
  }

  error(message: string, column: number = this.column, hint?: string): CliError {
    return usageError(`line ${this.#number}, column ${column}: ${message}`, hint);
  }

  #quoted(): Buffer {
    const start = this.column;
    const quote = this.#text[this.#at++]!;
    const parts: Buffer[] = [];
    for (;;) {
      const plain = this.#takeHere(quote === '"' ? /[^"\\]*/y : /[^']*/y);
      parts.push(Buffer.from(plain ?? ''));
      const next = this.#text[this.#at];
      if (next === undefined) throw this.error(`the quote ${quote} is not closed`, start);
      if (next === quote) break;
      parts.push(this.#escape());
    }
    this.#at++;
    return Buffer.concat(parts);
  }

  #escape(): Buffer {
    const hex = /^\\x([0-9a-fA-F]{2})/.exec(this.#text.slice(this.#at, this.#at + 4))?.[1];
    if (hex !== undefined) {
      this.#at += 4;
      return Buffer.from(hex, 'hex');
    }
    const char = ESCAPED[this.#text[this.#at + 1] ?? ''];
    if (char === undefined) {
      throw this.error(
        `no such escape: ${this.#text.slice(this.#at, this.#at + 2)}`,
        this.column,
        'in double quotes \\n, \\r, \\t, \\\\, \\" and \\xNN are known; single quotes take everything as it is',
      );
    }
    this.#at += 2;
    return Buffer.from(char);
  }

  /** Like `take`, but spaces count. */
  #takeHere(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    if (found !== undefined) this.#at += found.length;
    return found;
  }
}
