/**
 * From arguments to a selector: the same four options on all commands that select keys, and bytes from
 * the text of a shell word. At most one of the options may be given, since two would have to be
 * explained.
 */
import type { Selector } from '../types.ts';
import { usageError } from './cli-error.ts';
import type { Call, OptionSpec } from './command.ts';
import { unescaped } from './escape.ts';

export const ESCAPED_OPTION: OptionSpec = {
  flags: '--escaped',
  text: 'keys are given with \\n, \\t, \\r, \\\\ and \\xNN',
};

export const SELECTION_OPTIONS: readonly OptionSpec[] = [
  { flags: '-p, --prefix', text: 'all keys that begin with <key>' },
  { flags: '--from-key', text: 'all keys from <key> on' },
  { flags: '--range-end <end>', text: 'all keys from <key> up to, not including, this one' },
  ESCAPED_OPTION,
];

/** A key as the shell gave it. */
export function keyOf(call: Call, text: string): Uint8Array {
  return call.options.flag('escaped') ? unescaped(text) : Buffer.from(text);
}

/** What the options select; undefined when neither a key nor a bound was given. */
export function selectorOf(call: Call, key: string | undefined): Selector | undefined {
  const { options } = call;
  const end = options.text('rangeEnd');
  const given = [
    options.flag('prefix') ? '--prefix' : undefined,
    options.flag('fromKey') ? '--from-key' : undefined,
    end === undefined ? undefined : '--range-end',
  ].filter((name) => name !== undefined);
  if (given.length > 1) throw usageError(`${given.join(' and ')} do not go together`);
  const start = key === undefined ? undefined : keyOf(call, key);
  if (end !== undefined) {
    const lt = keyOf(call, end);
    return start === undefined ? { lt } : { gte: start, lt };
  }
  if (start === undefined) {
    if (given[0] !== undefined) throw usageError(`${given[0]} needs a key`);
    return undefined;
  }
  if (options.flag('prefix')) return { prefix: start };
  if (options.flag('fromKey')) return { gte: start };
  return start;
}
