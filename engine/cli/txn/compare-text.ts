/**
 * A compare, as etcdctl has it: `mod("key") > "0"`. Quotes may be left out around words without spaces and
 * parentheses. What a lease is compared with is hexadecimal, as etcdctl prints leases.
 */
import type { Compare } from '../../types.ts';
import { LEASE_ID, leaseIdOf } from '../lease-id.ts';
import type { LineScanner, Word } from './line-scanner.ts';

const TARGETS: Readonly<Record<string, Compare['target']>> = {
  val: 'value',
  value: 'value',
  ver: 'version',
  version: 'version',
  c: 'create',
  create: 'create',
  m: 'mod',
  mod: 'mod',
  lease: 'lease',
};
const RESULTS: readonly Compare['result'][] = ['=', '!=', '>', '<'];

const HINT = 'a compare is target("key") relation "operand", for instance mod("key") > "0"';

export function compareOf(line: LineScanner): Compare {
  const { column } = line;
  const name = line.take(/[^\s("']+/y) ?? '';
  const target = Object.hasOwn(TARGETS, name) ? TARGETS[name] : undefined;
  if (target === undefined) {
    const known = 'value, version, create, mod or lease';
    throw line.error(`a compare begins with ${known}, not ${JSON.stringify(name)}`, column, HINT);
  }
  if (line.take(/\(/y) === undefined) throw line.error('( is missing', line.column, HINT);
  const key = line.word('the key', /[^\s()'"][^\s()]*/y);
  if (line.take(/\)/y) === undefined) throw line.error(') is missing', line.column, HINT);
  const result = resultOf(line);
  const operand = operandOf(line, target, line.word('what to compare with'));
  if (!line.isAtEnd()) throw line.error('a compare ends here', line.column, HINT);
  return { selector: key.bytes, target, result, operand };
}

function resultOf(line: LineScanner): Compare['result'] {
  line.isAtEnd();
  const { column } = line;
  const text = line.take(/[!=<>~]+/y) ?? '';
  const result = RESULTS.find((known) => known === text);
  if (result !== undefined) return result;
  const what = text === '' ? '=, !=, > or < is missing' : `${text} is none of =, !=, > and <`;
  throw line.error(what, column, HINT);
}

function operandOf(
  line: LineScanner,
  target: Compare['target'],
  { bytes, text, column }: Word,
): Compare['operand'] {
  if (target === 'value') return bytes;
  if (target === 'lease') {
    if (LEASE_ID.test(text)) return leaseIdOf(text);
    throw line.error('a lease is a hexadecimal number', column);
  }
  const number = Number(text);
  if (/^-?[0-9]+$/.test(text) && Number.isSafeInteger(number)) return number;
  throw line.error(`${target} is compared with a whole number`, column);
}
