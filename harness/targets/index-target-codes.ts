/**
 * Programs that cost next to nothing to draw: lists of integers, each of which is a command. The high bits
 * say which one it is, the low bits are what it is given, digit by digit:
 *
 *     31 bits      choice 6   argument 25
 *     choice       place in a table in which each kind of command has its share
 *     argument     digits of any base, the first one lowest
 *
 * fast-check makes lists shorter and integers smaller. So the simplest kind comes first in the table, and
 * digit 0 is the plainest argument.
 */
import type { Arbitrary } from 'fast-check';
import * as fc from 'fast-check';

const CHOICES = 64;
const ARGUMENT = 2 ** 25;
const CODE_MAX = CHOICES * ARGUMENT - 1;

/** How often each kind comes, out of their sum; 0: never. The plainest kind comes first. */
export type Weights<Kind extends string> = Readonly<Record<Kind, number>>;

export class Digits {
  #rest: number;

  constructor(argument: number) {
    this.#rest = argument;
  }

  /** The next one, from 0 to less than the base. */
  take(base: number): number {
    const digit = this.#rest % base;
    this.#rest = (this.#rest - digit) / base;
    return digit;
  }

  /** True once in so many times. */
  once(oneIn: number): boolean {
    return this.take(oneIn) === oneIn - 1;
  }

  pick<T>(from: readonly T[]): T {
    return from[this.take(from.length)]!;
  }
}

export function programsOf<Kind extends string, Command>(
  weights: Weights<Kind>,
  decode: (kind: Kind, digits: Digits) => Command,
  commandsMax: number,
): Arbitrary<Command[]> {
  const table = tableOf(weights);
  const code = fc.nat(CODE_MAX);
  // Unbiased: small integers are no edge here, edges are what `decode` makes of them.
  const codes = fc.noBias(fc.array(code, { minLength: 1, maxLength: commandsMax, size: 'max' }));
  return codes.map((codes) =>
    codes.map((code) => decode(table[Math.floor(code / ARGUMENT)]!, new Digits(code % ARGUMENT))),
  );
}

/** Each kind that comes at all has a place. */
function tableOf<Kind extends string>(weights: Weights<Kind>): readonly Kind[] {
  const given = (Object.entries(weights) as [Kind, number][]).filter(([, weight]) => weight > 0);
  const sum = given.reduce((sum, [, weight]) => sum + weight, 0);
  const table = given.flatMap(([kind, weight]) =>
    Array.from({ length: Math.max(1, Math.floor((weight * CHOICES) / sum)) }, () => kind),
  );
  // What rounding left over is the plainest kind's.
  const rest = Array.from({ length: Math.max(0, CHOICES - table.length) }, () => table[0]!);
  return [...rest, ...table].slice(-CHOICES);
}
