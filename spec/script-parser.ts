/**
 * Golden scripts: what is asked above `---`, what must be answered below it. `syntax.ts` has the words.
 *
 *     # R41: comments say why, and which rules are meant.
 *     put a 1
 *     put a 2 prev
 *     ---
 *     revision 2
 *     revision 3
 *       a=1 create 2 mod 2 version 1
 *
 * A script is a row of such blocks, parted by an empty line. They run on one store, one after another.
 */
import { BOUND_WORDS, bytesOf, OPTION_WORDS } from './syntax.ts';
import { parseTxn } from './txn-parser.ts';
import type { Operation, Selector, WriteStep } from './types.ts';

export interface ScriptBlock {
  /** Everything above `---` as it stands, comments included. */
  readonly input: readonly string[];
  readonly operations: readonly Operation[];
  readonly expected: readonly string[];
}

export function parseScript(text: string): ScriptBlock[] {
  const blocks: ScriptBlock[] = [];
  for (const paragraph of text.trim().split(/\n\n+/)) {
    const lines = paragraph.split('\n');
    const ruler = lines.indexOf('---');
    const input = ruler < 0 ? lines : lines.slice(0, ruler);
    const expected = ruler < 0 ? [] : lines.slice(ruler + 1);
    const commands = input.filter((line) => !line.startsWith('#'));
    blocks.push({ input, operations: commands.map(parseOperation), expected });
  }
  return blocks;
}

export function parseOperation(line: string): Operation {
  if (line.trim().startsWith('txn [')) return parseTxn(line);
  const write = /^write( lenient)?:(.*)$/.exec(line);
  if (write === null) return parseWords(line) as Operation;
  const steps = write[2]!.split(';').map((step) => parseWords(step) as WriteStep);
  return { op: 'write', steps, ...(write[1] === undefined ? {} : { lenient: true }) };
}

export function parseWords(line: string): Operation | WriteStep {
  const [op = '', ...words] = line.trim().split(/ +/);
  const takeKey = (): string => bytesOf(words.shift() ?? refuse(line, 'a key is missing'));
  const finish = (fields: object): Operation =>
    ({ op, ...fields, ...parseOptions(words, line) }) as Operation;
  switch (op) {
    case 'put':
      return finish({ key: takeKey(), value: takeKey() });
    case 'get':
      return finish({ key: takeKey() });
    case 'range':
    case 'count':
    case 'delete':
    case 'history':
    case 'diff':
      return finish({ selector: takeSelector(words, line) });
    case 'compact':
      return finish({ revision: Number(words.shift()) });
    case 'grant':
    case 'revoke':
    case 'keepalive':
    case 'ttl':
      return finish({ id: BigInt(words.shift() ?? refuse(line, 'it does not say which lease')) });
    case 'advance':
      return finish({ seconds: Number(words.shift()) });
    case 'watch':
      return finish({ name: words.shift(), selector: takeSelector(words, line) });
    case 'events':
    case 'cancel':
    case 'snapshot':
    case 'release':
      return finish({ name: words.shift() });
    case 'in': {
      const name = words.shift();
      return { op, name, read: parseWords(words.join(' ')) } as Operation;
    }
    case 'leases':
    case 'hashkv':
    case 'defragment':
    case 'throw':
    case 'flush':
    case 'restart':
      return finish({});
    default:
      return refuse(line, `"${op}" is not a command`);
  }
}

export function takeSelector(words: string[], line: string): Selector {
  const bounds: Record<string, string> = {};
  while (words.length > 0) {
    const [name = '', bound] = words[0]!.split('=');
    if (!(BOUND_WORDS as readonly string[]).includes(name) || bound === undefined) break;
    bounds[name] = bytesOf(bound);
    words.shift();
  }
  if (Object.keys(bounds).length > 0) return bounds;
  const word = words.shift() ?? refuse(line, 'it does not say which keys');
  return word === 'all' ? { all: true } : { key: bytesOf(word) };
}

function parseOptions(words: readonly string[], line: string): object {
  const options: Record<string, unknown> = {};
  for (const given of words) {
    const [word, text] = given.split('=');
    const option = OPTION_WORDS.find((option) => option.word === word);
    if (option === undefined) return refuse(line, `"${given}" is not an option`);
    options[option.field] = valueOf(option.takes, text);
  }
  return options;
}

function valueOf(takes: string, text = ''): unknown {
  if (takes === 'nothing') return true;
  if (takes === 'number') return Number(text);
  return takes === 'bigint' ? BigInt(text) : text;
}

export function refuse(line: string, what: string): never {
  throw new Error(`${what}: ${line}`);
}
