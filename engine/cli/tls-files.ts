/** Certificates and keys that are given as files, of a server as of those who talk to one. */
import { readFile } from 'node:fs/promises';
import { usageError } from './cli-error.ts';
import type { OptionValues } from './command.ts';

/** PEM, not looked at. */
export interface TlsFiles {
  readonly ca?: Uint8Array;
  readonly cert?: Uint8Array;
  readonly key?: Uint8Array;
}

/** Undefined if none is given. */
export async function tlsFiles(options: OptionValues): Promise<TlsFiles | undefined> {
  const [ca, cert, key] = await Promise.all([
    pem('--tls-ca', options.text('tlsCa')),
    pem('--tls-cert', options.text('tlsCert')),
    pem('--tls-key', options.text('tlsKey')),
  ]);
  if ((cert === undefined) !== (key === undefined)) {
    throw usageError('--tls-cert and --tls-key go together');
  }
  const pair = cert === undefined || key === undefined ? {} : { cert, key };
  const files = { ...(ca === undefined ? {} : { ca }), ...pair };
  return Object.keys(files).length === 0 ? undefined : files;
}

async function pem(option: string, path: string | undefined): Promise<Uint8Array | undefined> {
  if (path === undefined) return undefined;
  try {
    return await readFile(path);
  } catch (error) {
    throw usageError(`${option} cannot be read: ${(error as Error).message}`);
  }
}
