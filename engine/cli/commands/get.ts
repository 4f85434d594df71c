/** `varve get`: one value, now or at any revision. */
import { bufferOf } from '../../base/bytes.ts';
import { CliError, EXIT, type ExitCode } from '../cli-error.ts';
import {
  argument,
  type Call,
  type CommandSpec,
  DIRECTORY,
  JSON_OPTION,
  REVISION_OPTION,
} from '../command.ts';
import { escaped } from '../escape.ts';
import { JSON_HELP, jsonKeyValue, valueText } from '../output.ts';
import { ESCAPED_OPTION, keyOf } from '../selection.ts';
import { openToRead } from '../stores.ts';

export const getCommand: CommandSpec = {
  name: 'get',
  summary: 'print the value of a key',
  arguments: [DIRECTORY, { flags: '<key>', text: 'the key' }],
  options: [
    REVISION_OPTION,
    { flags: '--raw', text: "print the value's bytes exactly, nothing added or escaped" },
    ESCAPED_OPTION,
    JSON_OPTION,
  ],
  help: `Prints the value as it is, with a line feed if it does not end in one; a value
that is not UTF-8 is printed with \\xNN escapes (--raw gives its bytes).
${JSON_HELP}

Examples:
  varve get store config/name
  varve get store config/name --revision 12
  varve get store logo.png --raw > logo.png`,
  endpoint: true,
  run: get,
};

async function get(call: Call): Promise<ExitCode> {
  const { options, out } = call;
  const key = keyOf(call, argument(call, 1));
  const revision = options.number('revision');
  await using store = await openToRead(call);
  const found = await store.range(key, revision === undefined ? {} : { revision });
  const [kv] = found.kvs;
  if (kv === undefined) {
    throw new CliError(
      'ERR_KEY_NOT_FOUND',
      `no key ${escaped(key)} at revision ${revision ?? found.revision}`,
      { exit: EXIT.nothing },
    );
  }
  if (options.flag('json')) await out.json(jsonKeyValue(kv));
  else await out.bytes(options.flag('raw') ? bufferOf(kv.value) : valueText(kv.value));
  return EXIT.ok;
}
