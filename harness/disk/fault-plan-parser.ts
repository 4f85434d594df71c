/** Reads what `printFaultPlan` writes. Blanks around a fault are allowed. */
import {
  CALL_KINDS,
  type CallFault,
  CALLS_OF,
  DISK_ERROR_CODES,
  type DiskErrorCode,
  type Effect,
  type Fault,
  type FaultPlan,
} from './fault-plan.ts';

/** The message says where, what was found, and what is allowed there. */
export class FaultPlanError extends Error {
  override readonly name = 'FaultPlanError';
  /** In the text, from 0. */
  readonly position: number;
  readonly allowed: readonly string[];

  constructor(text: string, position: number, allowed: readonly string[]) {
    const found = text.slice(position).split(/[,:=@+ ]/)[0]! || (text[position] ?? 'the end');
    super(
      `fault plan "${text}", at character ${position}: found ${found}, ` +
        `allowed are ${allowed.join(', ')}`,
    );
    this.position = position;
    this.allowed = allowed;
  }
}

export function parseFaultPlan(text: string): FaultPlan {
  const reader = new Reader(text);
  const plan: Fault[] = [];
  reader.blanks();
  while (!reader.atEnd) {
    plan.push(fault(reader));
    reader.blanks();
    if (reader.atEnd) break;
    reader.literal(',');
    reader.blanks();
    if (reader.atEnd) reader.fail(ABOUT);
  }
  return plan;
}

/** A number may not be so large that it is another one. */
const DIGITS_MAX = 15;

class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  get atEnd(): boolean {
    return this.#at === this.#text.length;
  }

  fail(allowed: readonly string[], at: number = this.#at): never {
    throw new FaultPlanError(this.#text, at, allowed);
  }

  blanks(): void {
    this.#match(/ */y);
  }

  has(mark: string): boolean {
    const is = this.#text.startsWith(mark, this.#at);
    if (is) this.#at += mark.length;
    return is;
  }

  literal(mark: string): void {
    if (!this.has(mark)) this.fail([`"${mark}"`]);
  }

  oneOf<W extends string>(words: readonly W[]): W {
    const start = this.#at;
    const found = this.#match(/[A-Za-z]*/y);
    const word = words.find((word) => word === found);
    return word ?? this.fail(words, start);
  }

  pattern(): string {
    const start = this.#at;
    return this.#match(/[\w.*-]+/y) ?? this.fail(['a name with * for anything'], start);
  }

  number(least: number): number {
    const start = this.#at;
    const digits = this.#match(/\d+/y);
    const isNumber = digits !== undefined && digits.length <= DIGITS_MAX;
    if (isNumber && Number(digits) >= least) return Number(digits);
    return this.fail([`a whole number of at least ${least}`], start);
  }

  /** A sign in front of it is allowed. */
  signed(): number {
    const isNegative = this.has('-');
    if (!isNegative) this.has('+');
    const number = this.number(0);
    return isNegative && number > 0 ? -number : number;
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    this.#at += found?.length ?? 0;
    return found;
  }
}

const ABOUT = [...CALL_KINDS, 'call', 'space'] as const;

function fault(reader: Reader): Fault {
  const about = reader.oneOf(ABOUT);
  if (about === 'space') {
    reader.literal('=');
    return { about, bytes: reader.number(0) };
  }
  reader.literal(':');
  const from = reader.number(1);
  const forever = reader.has('+');
  const files = reader.has('@') ? reader.pattern() : undefined;
  reader.literal('=');
  const call = { about, from, forever, effect: effect(reader, about) };
  return files === undefined ? call : { ...call, files };
}

const WORDS = ['cut', 'lost', 'shift', 'short', 'flip', 'rot', 'lie', 'slow', 'clock'] as const;

function effect(reader: Reader, about: CallFault['about']): Effect {
  const words = WORDS.filter((word) => CALLS_OF[word]?.includes(about) ?? true);
  const does = reader.oneOf([...DISK_ERROR_CODES, ...words]);
  if (isCode(does)) return { does: 'fail', code: does };
  switch (does) {
    case 'cut': {
      const bytes = argument(reader);
      reader.literal(':');
      return { does, bytes, code: reader.oneOf(DISK_ERROR_CODES) };
    }
    case 'short':
      return { does, bytes: argument(reader) };
    case 'flip':
    case 'rot':
      return { does, bit: argument(reader) };
    case 'slow':
      return { does, turns: argument(reader) };
    case 'shift':
      reader.literal(':');
      return { does, by: reader.signed() };
    case 'clock':
      reader.literal(':');
      return { does, ms: reader.signed() };
    case 'lost':
    case 'lie':
    default:
      return { does };
  }
}

function isCode(word: string): word is DiskErrorCode {
  return (DISK_ERROR_CODES as readonly string[]).includes(word);
}

function argument(reader: Reader): number {
  reader.literal(':');
  return reader.number(0);
}
