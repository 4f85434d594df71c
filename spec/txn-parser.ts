/**
 * The one command that nests:
 *
 *     txn [ version a = 1 & value prefix=b != x ? put a 2; txn [ ? delete b ] : range all ]
 *
 * Brackets, `?`, `:`, `;` and `&` never stand for themselves in a key, so the line falls into words there.
 */
import { parseWords, refuse, takeSelector } from './script-parser.ts';
import { bytesOf } from './syntax.ts';
import type { Compare, CompareTarget, Relation, Txn, TxnStep } from './txn-types.ts';

export function parseTxn(line: string): Txn {
  const words = line
    .replaceAll(/[[\]?:;&]/g, ' $& ')
    .trim()
    .split(/ +/);
  const txn = takeTxn(words, line);
  if (words.length > 0) refuse(line, `"${words.join(' ')}" is too much`);
  return txn;
}

function takeTxn(words: string[], line: string): Txn {
  if (words.shift() !== 'txn' || words.shift() !== '[') refuse(line, 'a txn begins with "txn ["');
  const compares: Compare[] = [];
  for (let part = takeUntil(words, '?&', line); ; part = takeUntil(words, '?&', line)) {
    if (part.length > 0) compares.push(parseCompare(part, line));
    if (words.shift() === '?') break;
  }
  const then = takeSteps(words, line);
  const otherwise = words.shift() === ':' ? takeSteps(words, line) : undefined;
  if (otherwise !== undefined) words.shift();
  return { op: 'txn', if: compares, then, else: otherwise ?? [] };
}

/** Up to the colon or the closing bracket, which stays. */
function takeSteps(words: string[], line: string): TxnStep[] {
  const steps: TxnStep[] = [];
  for (;;) {
    if (words[0] === 'txn') steps.push(takeTxn(words, line));
    else {
      const step = takeUntil(words, ';:]', line);
      if (step.length > 0) steps.push(parseWords(step.join(' ')) as TxnStep);
    }
    if (words[0] !== ';') return steps;
    words.shift();
  }
}

function takeUntil(words: string[], ends: string, line: string): string[] {
  const end = words.findIndex((word) => ends.includes(word));
  if (end < 0) refuse(line, `none of "${ends}" follows`);
  return words.splice(0, end);
}

function parseCompare([target, ...words]: string[], line: string): Compare {
  const selector = takeSelector(words, line);
  const [result, operand = ''] = words;
  return {
    target: target as CompareTarget,
    selector,
    result: result as Relation,
    operand:
      target === 'value'
        ? bytesOf(operand)
        : target === 'lease'
          ? BigInt(operand)
          : Number(operand),
  };
}
