/**
 * Operations and answers as text: one readable line each. Everything in the data is in the text, so
 * two answers are equal when their lines are, and an operation's line can be pasted into a script.
 */
import { BOUND_WORDS, OPTION_WORDS, wordOf } from './syntax.ts';
import type { LeaseAnswer } from './lease-types.ts';
import type { Event } from './maintenance-types.ts';
import type { Compare, Txn } from './txn-types.ts';
import type { KeyValue, Operation, Refusal, Response, Selector, WriteStep } from './types.ts';

export function describeOperation(operation: Operation | WriteStep): string {
  switch (operation.op) {
    case 'txn':
      return describeTxn(operation);
    case 'compact':
      return line(
        'compact',
        String(operation.revision),
        options({ ...operation, revision: false }),
      );
    case 'hashkv':
      return line('hashkv', options(operation));
    case 'snapshot':
      return line('snapshot', operation.name, options(operation));
    case 'in':
      return line('in', operation.name, describeOperation(operation.read));
    case 'release':
    case 'events':
    case 'cancel':
      return line(operation.op, operation.name);
    case 'watch': {
      const { name, selector } = operation;
      return line('watch', name, describeSelector(selector), options(operation));
    }
    case 'grant':
    case 'revoke':
    case 'keepalive':
    case 'ttl':
      return line(operation.op, String(operation.id), options(operation));
    case 'advance':
      return line('advance', String(operation.seconds));
    case 'put':
      return line('put', wordOf(operation.key), wordOf(operation.value), options(operation));
    case 'get':
      return line('get', wordOf(operation.key), options(operation));
    case 'range':
    case 'count':
    case 'delete':
    case 'history':
    case 'diff':
      return line(operation.op, describeSelector(operation.selector), options(operation));
    case 'write': {
      const head = operation.lenient === true ? 'write lenient:' : 'write:';
      return line(head, operation.steps.map(describeOperation).join('; '));
    }
    case 'leases':
    case 'throw':
    case 'flush':
    case 'restart':
    case 'defragment':
    default:
      return operation.op;
  }
}

function describeTxn(txn: Txn): string {
  const otherwise = txn.else.map(describeOperation).join('; ');
  return line(
    'txn [',
    txn.if.map(describeCompare).join(' & '),
    '?',
    txn.then.map(describeOperation).join('; '),
    otherwise === '' ? '' : `: ${otherwise}`,
    ']',
  );
}

function describeCompare({ selector, target, result, operand }: Compare): string {
  const word = typeof operand === 'string' ? wordOf(operand) : String(operand);
  return line(target, describeSelector(selector), result, word);
}

export function describeSelector(selector: Selector): string {
  if ('all' in selector) return 'all';
  if ('key' in selector) return wordOf(selector.key);
  const bounds: Record<string, string | undefined> = { ...selector };
  return line(
    ...BOUND_WORDS.map((name) => {
      const bound = bounds[name];
      return bound === undefined ? '' : `${name}=${wordOf(bound)}`;
    }),
  );
}

function options(operation: object): string {
  const given = { ...operation } as Record<string, boolean | number | bigint | string | undefined>;
  return line(
    ...OPTION_WORDS.map(({ field, word, takes }) => {
      const value = given[field];
      if (value === undefined || value === false) return '';
      return takes === 'nothing' ? word : `${word}=${String(value)}`;
    }),
  );
}

/** The answer on one line. */
export function describeResponse(response: Response): string {
  return responseLines(response)
    .map((text) => text.trim())
    .join(' | ');
}

/** The answer as a script shows it: a head, and indented below it a line for each key or step. */
export function responseLines(response: Response): string[] {
  switch (response.kind) {
    case 'refused':
      return [line(response.code, response.text), ...indent(detailsOf(response))];
    case 'get':
      return [describeSide(response.kv)];
    case 'count':
      return [`count ${response.count}`];
    case 'range': {
      const { revision, count, more } = response;
      const head = `revision ${revision}, count ${count}${more ? ', more' : ''}`;
      return [head, ...indent(response.kvs.map(describeKeyValue))];
    }
    case 'put': {
      const before = response.prevKv === undefined ? [] : [describeKeyValue(response.prevKv)];
      return [`revision ${response.revision}`, ...indent(before)];
    }
    case 'delete': {
      const head = `revision ${response.revision}, deleted ${response.deleted}`;
      return [head, ...indent(response.prevKvs.map(describeKeyValue))];
    }
    case 'deleted':
      return [`deleted ${response.deleted}`];
    case 'write':
      return [`revision ${response.revision}`, ...indent(response.steps.flatMap(responseLines))];
    case 'txn': {
      const head = `${response.succeeded ? 'then' : 'else'}, revision ${response.revision}`;
      return [head, ...indent(response.responses.flatMap(responseLines))];
    }
    case 'hash': {
      const { hash, compactRevision, revision } = response;
      return [`hash ${hash}, compacted ${compactRevision}, revision ${revision}`];
    }
    case 'granted':
    case 'kept':
    case 'lease':
    case 'leases':
      return leaseLines(response);
    case 'history':
    case 'events':
      return [`events ${response.events.length}`, ...indent(response.events.map(describeEvent))];
    case 'diff': {
      const lines = response.differences.map(
        ({ before, after }) => `${describeSide(before)} > ${describeSide(after)}`,
      );
      return [`differences ${lines.length}`, ...indent(lines)];
    }
    case 'rolled back':
      return ['rolled back', ...indent(response.steps.flatMap(responseLines))];
    case 'done':
    default:
      return ['done'];
  }
}

function leaseLines(response: LeaseAnswer): string[] {
  switch (response.kind) {
    case 'granted':
      return [`granted ${response.id}, ttl ${response.ttl}`];
    case 'kept':
      return [`kept, ttl ${response.ttl}`];
    case 'lease': {
      const head = `ttl ${response.ttl}, granted ${response.grantedTtl}`;
      return [head, ...indent(response.keys.map(wordOf))];
    }
    case 'leases':
    default:
      return [`leases ${response.ids.length}`, ...indent(response.ids.map(String))];
  }
}

function describeEvent(event: Event): string {
  const before = event.prevKv === undefined ? '' : `was ${describeKeyValue(event.prevKv)}`;
  if (event.type === 'delete') return line(`${event.revision} delete`, wordOf(event.key), before);
  const { kv, isCreate } = event;
  return line(`${kv.modRevision}`, isCreate ? 'create' : 'put', describeKeyValue(kv), before);
}

/** What a program can do something about. */
function detailsOf({ compactRevision, current }: Refusal): string[] {
  return [
    ...(compactRevision === undefined ? [] : [`compacted at ${compactRevision}`]),
    ...(current === undefined ? [] : [`it is ${describeKeyValue(current)}`]),
  ];
}

const describeSide = (kv: KeyValue | undefined): string =>
  kv === undefined ? 'none' : describeKeyValue(kv);

export function describeKeyValue(kv: KeyValue): string {
  const { createRevision, modRevision, version, lease } = kv;
  return line(
    `${wordOf(kv.key)}=${kv.value === '' ? '' : wordOf(kv.value)}`,
    `create ${createRevision} mod ${modRevision} version ${version}`,
    lease === 0n ? '' : `lease ${lease}`,
  );
}

const indent = (lines: readonly string[]): string[] => lines.map((text) => `  ${text}`);

const line = (...words: readonly string[]): string => words.filter((word) => word !== '').join(' ');
