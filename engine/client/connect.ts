import { invalidArgument } from '../base/errors.ts';
import type { Store } from '../types.ts';
import { Calls } from './calls.ts';
import { type ConnectOptions, clientOptions } from './options.ts';
import { RemoteStore } from './remote-store.ts';

/**
 * A store on a server that speaks etcd's v3 protocol: `varve serve`, an etcd, or a cluster of them. Endpoints
 * are `http://host:port`, `https://host:port` or `host:port`; the first that can be reached is used, and
 * when it fails the one after it. Watches go on where they were, leases stay alive meanwhile.
 *
 * Rejects with ERR_INVALID_ARGUMENT, with ERR_UNAVAILABLE if no endpoint can be reached, or with the reason of
 * an aborted signal. Later on, a write whose answer was lost rejects with ERR_UNAVAILABLE and is not repeated: it
 * may have taken effect. What only reads is asked again until `requestTimeoutMs` is over.
 *
 * @public
 */
export async function connect(
  endpoints: string | readonly string[],
  options: ConnectOptions = {},
): Promise<Store> {
  const urls = typeof endpoints === 'string' ? [endpoints] : endpoints;
  if (!Array.isArray(urls) || urls.length === 0) {
    throw invalidArgument('endpoints are one URL or a list of them');
  }
  const calls = new Calls(urls as readonly string[], clientOptions(options));
  try {
    await calls.connect(options.signal);
  } catch (error) {
    calls.close();
    throw error;
  }
  return new RemoteStore(calls);
}
