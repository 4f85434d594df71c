/**
 * A transaction as JSON, in the shape of the API's TxnRequest:
 *
 *     {"if":   [{"selector":"a","target":"version","result":"=","operand":0}],
 *      "then": [{"op":"put","key":"a","value":"1"}],
 *      "else": [{"op":"range","selector":{"prefix":"a"},"options":{"limit":1}}]}
 *
 * Where a key or a value stands, {"base64":"..."} gives bytes; leases are strings of decimal digits, since
 * they are int64. Errors name the place: then[0].key.
 */
import type { Compare, Key, Op, PutOp, Selector, TxnRequest } from '../../types.ts';
import { type CliError, usageError } from '../cli-error.ts';

export function jsonTxn(text: string): TxnRequest {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    throw usageError(`the transaction is no JSON: ${(error as Error).message}`);
  }
  return txnOf(parsed, '');
}

type Fields = Readonly<Record<string, unknown>>;

function txnOf(value: unknown, at: string): TxnRequest {
  const fields = fieldsOf(value, at, ['if', 'then', 'else']);
  const path = at === '' ? '' : `${at}.`;
  return {
    if: listOf(fields['if'], `${path}if`, compareOf),
    then: listOf(fields['then'], `${path}then`, opOf),
    else: listOf(fields['else'], `${path}else`, opOf),
  };
}

const TARGETS = ['value', 'version', 'create', 'mod', 'lease'] as const;
const RESULTS = ['=', '!=', '>', '<'] as const;

function compareOf(value: unknown, at: string): Compare {
  const fields = fieldsOf(value, at, ['selector', 'target', 'result', 'operand']);
  const selector = selectorOf(fields['selector'], `${at}.selector`);
  const target = oneOf(fields['target'], `${at}.target`, TARGETS);
  const result = oneOf(fields['result'], `${at}.result`, RESULTS);
  const operand = operandOf(target, fields['operand'], `${at}.operand`);
  return { selector, target, result, operand };
}

function operandOf(target: Compare['target'], value: unknown, at: string): Compare['operand'] {
  if (target === 'value') return bytesOf(value, at);
  if (target === 'lease') return leaseOf(value, at);
  if (Number.isSafeInteger(value)) return value as number;
  throw wrong(at, 'a whole number', value);
}

function opOf(value: unknown, at: string): Op {
  const { op } = fieldsOf(value, at);
  const verb = oneOf(op, `${at}.op`, ['put', 'range', 'deleteRange', 'txn']);
  if (verb === 'put') return putOf(value, at);
  if (verb === 'txn') {
    return { op: 'txn', txn: txnOf(fieldsOf(value, at, ['op', 'txn'])['txn'], `${at}.txn`) };
  }
  const fields = fieldsOf(value, at, ['op', 'selector', 'options']);
  const selector = selectorOf(fields['selector'], `${at}.selector`);
  return { op: verb, selector, options: optionsOf(fields['options'], `${at}.options`) };
}

function putOf(value: unknown, at: string): PutOp {
  const { key, value: given, options } = fieldsOf(value, at, ['op', 'key', 'value', 'options']);
  const isKept = fieldsOf(options ?? {}, `${at}.options`)['ignoreValue'] === true;
  return {
    op: 'put',
    key: bytesOf(key, `${at}.key`),
    value: isKept && given === undefined ? '' : bytesOf(given, `${at}.value`),
    options: optionsOf(options, `${at}.options`),
  };
}

/** Passed on as they are, but for leases: the engine checks what each may be. */
function optionsOf(value: unknown, at: string): object {
  if (value === undefined) return {};
  const fields = fieldsOf(value, at);
  const { lease } = fields;
  return lease === undefined ? fields : { ...fields, lease: leaseOf(lease, `${at}.lease`) };
}

const BOUNDS = ['gte', 'gt', 'lt', 'lte'] as const;

function selectorOf(value: unknown, at: string): Selector {
  if (typeof value !== 'object' || value === null || 'base64' in value) return bytesOf(value, at);
  const fields = fieldsOf(value, at, ['all', 'prefix', ...BOUNDS]);
  if (fields['all'] === true) return { all: true };
  if ('prefix' in fields) return { prefix: bytesOf(fields['prefix'], `${at}.prefix`) };
  const bounds = BOUNDS.filter((bound) => bound in fields);
  return Object.fromEntries(
    bounds.map((bound) => [bound, bytesOf(fields[bound], `${at}.${bound}`)]),
  );
}

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

function bytesOf(value: unknown, at: string): Key {
  if (typeof value === 'string') return value;
  if (typeof value === 'object' && value !== null && 'base64' in value) {
    const { base64 } = fieldsOf(value, at, ['base64']);
    if (typeof base64 === 'string' && BASE64.test(base64)) return Buffer.from(base64, 'base64');
  }
  throw wrong(at, 'text or {"base64":"..."}', value);
}

function leaseOf(value: unknown, at: string): bigint {
  if (typeof value === 'string' && /^[0-9]{1,19}$/.test(value)) return BigInt(value);
  if (Number.isSafeInteger(value)) return BigInt(value as number);
  throw wrong(at, 'a string of decimal digits', value);
}

function listOf<T>(value: unknown, at: string, each: (value: unknown, at: string) => T): T[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) throw wrong(at, 'a list', value);
  return value.map((element, index) => each(element, `${at}[${index}]`));
}

/** `known`: every other field is an error, for it would be forgotten silently. */
function fieldsOf(value: unknown, at: string, known?: readonly string[]): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw wrong(at, 'an object', value);
  }
  const stranger = known && Object.keys(value).find((name) => !known.includes(name));
  if (stranger === undefined) return value as Fields;
  throw usageError(`${at === '' ? '' : `${at}: `}no such field: ${stranger}`, known!.join(', '));
}

function oneOf<T extends string>(value: unknown, at: string, known: readonly T[]): T {
  const found = known.find((name) => name === value);
  if (found === undefined) throw wrong(at, `one of ${known.join(', ')}`, value);
  return found;
}

function wrong(at: string, what: string, value: unknown): CliError {
  if (value === undefined) return usageError(`${at} is missing: ${what}`);
  const shown = JSON.stringify(value).slice(0, 40);
  return usageError(`${at === '' ? 'the transaction' : at} is ${what}, not ${shown}`);
}
