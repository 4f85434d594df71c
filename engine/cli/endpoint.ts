/**
 * `--endpoint`: a server's store in place of a directory. The options may stand before the command as well
 * as behind it, so the program knows them as its own; those commands that take them show them, too.
 */
import type { Store } from '../types.ts';
import { VarveError } from '../base/errors.ts';
import { CliError, EXIT, usageError } from './cli-error.ts';
import { type Call, type CommandSpec, longNameOf, type OptionSpec } from './command.ts';
import { loadClient } from './optional.ts';
import { tlsFiles } from './tls-files.ts';

const ENDPOINT_OPTION: OptionSpec = {
  flags: '--endpoint <urls>',
  text: 'a server instead of <dir>, http://host:port; more with commas',
};

export const ENDPOINT_OPTIONS: readonly OptionSpec[] = [
  ENDPOINT_OPTION,
  { flags: '--user <name:password>', text: 'for servers that ask; or VARVE_PASSWORD' },
  { flags: '--tls-ca <file>', text: "who signed the server's certificate, PEM" },
  { flags: '--tls-cert <file>', text: 'certificate for servers that ask for one, PEM' },
  { flags: '--tls-key <file>', text: 'its key, PEM' },
];

/** What makes no sense together with this command, or without `--endpoint`. */
export function checkEndpoint(spec: CommandSpec, options: Call['options']): void {
  if (options.text('endpoint') !== undefined) {
    if (spec.endpoint === true) return;
    throw usageError(`${spec.name} does not take --endpoint`, spec.endpoint);
  }
  const own = spec.options.map(({ flags }) => longNameOf(flags));
  for (const { flags } of ENDPOINT_OPTIONS) {
    const name = longNameOf(flags);
    const key = name.slice(2).replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
    if (options.text(key) === undefined || own.includes(name)) continue;
    throw usageError(`${name} needs --endpoint`);
  }
}

/** Undefined if the call is about a directory. */
export async function connectTo(call: Call): Promise<Store | undefined> {
  const { options } = call;
  const given = options.text('endpoint');
  if (given === undefined) return undefined;
  const auth = userOf(call);
  const tls = await tlsFiles(options);
  const { connect } = await loadClient();
  try {
    return await connect(
      given.split(',').map((url) => url.trim()),
      { ...(auth !== undefined && { auth }), ...(tls !== undefined && { tls }) },
    );
  } catch (error) {
    if (!(error instanceof VarveError) || error.code !== 'ERR_UNAVAILABLE') throw error;
    throw new CliError(error.code, error.message, {
      exit: EXIT.store,
      hint: '`varve serve <dir>` starts a server; one with TLS is reached by https:// and --tls-ca',
      cause: error,
    });
  }
}

/** A password on the command line is seen by everybody on the machine. */
function userOf({
  options,
  io,
}: Call): { readonly username: string; readonly password: string } | undefined {
  const given = options.text('user');
  if (given === undefined) return undefined;
  const [, username, password = io.env['VARVE_PASSWORD']] =
    /^([^:]+)(?::(.*))?$/s.exec(given) ?? [];
  if (username !== undefined && password !== undefined) return { username, password };
  throw usageError('--user takes name:password, or a name and VARVE_PASSWORD has the password');
}
