/** Packages that only some commands need: server and client are loaded when one of those runs. */
import type { connect } from '../client/index.ts';
import type { serve } from '../v3rpc/index.ts';
import { CliError, EXIT } from './cli-error.ts';

const PACKAGES = ['@grpc/grpc-js', '@bufbuild/protobuf'];

export const loadServer = (): Promise<{ readonly serve: typeof serve }> =>
  orSayWhatIsMissing(() => import('../v3rpc/index.ts'));

export const loadClient = (): Promise<{ readonly connect: typeof connect }> =>
  orSayWhatIsMissing(() => import('../client/index.ts'));

async function orSayWhatIsMissing<M>(load: () => Promise<M>): Promise<M> {
  try {
    return await load();
  } catch (error) {
    const { code, message } = error as { readonly code?: unknown; readonly message: string };
    const isMissing = code === 'ERR_MODULE_NOT_FOUND';
    if (!isMissing || !PACKAGES.some((name) => message.includes(name))) throw error;
    throw new CliError(
      'ERR_MISSING_PACKAGE',
      `etcd's protocol needs two packages more: npm install ${PACKAGES.join(' ')}`,
      { exit: EXIT.unexpected, cause: error },
    );
  }
}
