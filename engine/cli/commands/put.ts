/** `varve put`: one value in; the revision it got out. */
import { requestTooLarge } from '../../base/errors.ts';
import { EXIT, type ExitCode } from '../cli-error.ts';
import { argument, type Call, type CommandSpec, DIRECTORY, JSON_OPTION } from '../command.ts';
import type { CliIo } from '../io.ts';
import { leaseOption } from '../lease-id.ts';
import { ESCAPED_OPTION, keyOf } from '../selection.ts';
import { openToWrite } from '../stores.ts';

export const putCommand: CommandSpec = {
  name: 'put',
  summary: 'set the value of a key; creates the store if there is none',
  arguments: [
    DIRECTORY,
    { flags: '<key>', text: 'the key' },
    { flags: '[value]', text: 'the value; left out or -, it is read from standard input' },
  ],
  options: [
    ESCAPED_OPTION,
    leaseOption('--lease <hex>', 'the key goes away with this lease'),
    JSON_OPTION,
  ],
  help: `Prints the revision that the put got. A value from standard input is taken byte
for byte, its last line feed included. With --escaped the key and a value that
is given as an argument may hold \\n, \\t, \\r, \\\\ and \\xNN.
A key has at most one lease, and a put without --lease takes it away; see
\`varve help lease\`.
With --json: {"revision":n}.

Examples:
  varve put store config/name varve
  varve put store logo.png < logo.png
  varve put store locks/build me --lease 694d7a2f8f2a1b0a`,
  endpoint: true,
  run: put,
};

async function put(call: Call): Promise<ExitCode> {
  const { options, out, io } = call;
  const key = keyOf(call, argument(call, 1));
  const given = call.arguments[2];
  const value = given === undefined || given === '-' ? await allOf(io) : keyOf(call, given);
  const lease = options.bigint('lease') ?? 0n;
  // A new store has no leases.
  await using store = await openToWrite(call, { createIfMissing: lease === 0n });
  const { revision } = await store.put(key, value, { lease });
  if (options.flag('json')) await out.json({ revision });
  else await out.line(`revision ${revision}`);
  return EXIT.ok;
}

/** More than any store takes by default: an endless input must not fill the memory first. */
const INPUT_BYTES_MAX = 16 * 1024 * 1024;

async function allOf(io: CliIo): Promise<Uint8Array> {
  if (io.stdin.isTTY === true) io.stderr.write('the value, ended by Ctrl-D:\n');
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of io.stdin) {
    const bytes = Buffer.from(chunk as Uint8Array | string);
    sizeBytes += bytes.length;
    if (sizeBytes > INPUT_BYTES_MAX) throw requestTooLarge(sizeBytes, INPUT_BYTES_MAX);
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
}
