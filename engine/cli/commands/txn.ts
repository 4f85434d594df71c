/** `varve txn`: compares, then one of two lists of requests, all in one revision. */
import { createInterface } from 'node:readline';
import { requestTooLarge } from '../../base/errors.ts';
import type { TxnRequest } from '../../types.ts';
import { EXIT, type ExitCode, usageError } from '../cli-error.ts';
import { type Call, type CommandSpec, DIRECTORY, JSON_OPTION } from '../command.ts';
import { utf8Of } from '../escape.ts';
import { openToWrite } from '../stores.ts';
import { jsonTxn } from '../txn/txn-json.ts';
import { jsonTxnResult, txnLines } from '../txn/txn-output.ts';
import { textTxn } from '../txn/txn-text.ts';

export const txnCommand: CommandSpec = {
  name: 'txn',
  summary: 'run a transaction from standard input: compares, then requests',
  arguments: [DIRECTORY],
  options: [
    { flags: '-i, --interactive', text: 'prompt for each block (default: on a terminal)' },
    { flags: '--json-input', text: 'the transaction is JSON (default: if it begins with {)' },
    JSON_OPTION,
  ],
  help: `Three blocks of lines, each ended by an empty line: compares, requests for when
all of them hold, requests for when not. Everything happens in one revision.

  compare   value("k") = "x"    also version, create, mod, lease; =, !=, > and <
  requests  put k v    --prev-kv --ignore-value --ignore-lease --lease=<hex>
            get k [end]    --prefix --from-key --rev=<n> --limit=<n> --keys-only
                           --sort-by=<target> --order=ASCEND|DESCEND
            del k [end]    --prefix --from-key --prev-kv

Words may stand in quotes: 'as it is' or "with \\n, \\t, \\r, \\\\, \\" and \\xNN".
Prints SUCCESS or FAILURE, whether the compares held, and each request's answer.
With --json-input: {"if":[{"selector":k,"target":t,"result":"=","operand":x}],
"then":[{"op":"put","key":k,"value":v},{"op":"range","selector":k},
{"op":"deleteRange","selector":{"prefix":k}}],"else":[...]}, as in the API.
With --json: {"succeeded":b,"revision":n,"responses":[...]}.

Examples:
  varve txn store < request.txt
  printf 'version("a") = "0"\\n\\nput a 1\\n\\nget a\\n' | varve txn store
  echo '{"then":[{"op":"put","key":"a","value":"1"}]}' | varve txn store --json`,
  endpoint: true,
  run: txn,
};

async function txn(call: Call): Promise<ExitCode> {
  const { options, out } = call;
  // Read whole before the store is locked: what writes it may be reading the same store.
  const request = await requestOf(call);
  await using store = await openToWrite(call, { createIfMissing: false });
  const result = await store.txn(request);
  if (options.flag('json')) await out.json(jsonTxnResult(request, result));
  else for (const line of txnLines(request, result)) await out.line(line);
  return EXIT.ok;
}

async function requestOf(call: Call): Promise<TxnRequest> {
  const { options, io, errors } = call;
  const isTyped = options.flag('interactive') || io.stdin.isTTY === true;
  if (isTyped && !options.flag('jsonInput')) {
    const lines = createInterface({ input: io.stdin, crlfDelay: Number.POSITIVE_INFINITY });
    // Made at once: lines that come before there is an iterator are lost.
    const iterator = lines[Symbol.asyncIterator]();
    try {
      return await textTxn(iterator, async (text) => {
        await errors.line(text);
        await errors.flush();
      });
    } finally {
      lines.close();
    }
  }
  const text = await inputText(call);
  if (options.flag('jsonInput') || /^\s*\{/.test(text)) return jsonTxn(text);
  return await textTxn(linesOf(text));
}

async function* linesOf(text: string): AsyncGenerator<string, void, undefined> {
  const lines = text.split(/\r?\n/);
  if (lines.at(-1) === '') lines.pop();
  yield* lines;
}

/** An endless input must not fill the memory. */
const INPUT_BYTES_MAX = 64 * 1024 * 1024;

async function inputText({ io }: Call): Promise<string> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of io.stdin) {
    const bytes = Buffer.from(chunk as Uint8Array | string);
    sizeBytes += bytes.length;
    if (sizeBytes > INPUT_BYTES_MAX) throw requestTooLarge(sizeBytes, INPUT_BYTES_MAX);
    chunks.push(bytes);
  }
  const text = utf8Of(Buffer.concat(chunks));
  if (text !== undefined) return text;
  throw usageError('a transaction is UTF-8 text', 'other bytes are written as "\\xNN"');
}
