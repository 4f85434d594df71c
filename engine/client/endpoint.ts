/** One server that can be asked, and the connection to it. */
import { type ChannelCredentials, Client, connectivityState, credentials } from '@grpc/grpc-js';
import { invalidArgument } from '../base/errors.ts';
import type { ClientOptions, TlsOptions } from './options.ts';

type Channel = ReturnType<Client['getChannel']>;

/** A server that is back should not have to wait for long. */
const RECONNECT_MS = { first: 50, most: 1000 };

export class Endpoint {
  /** As given. */
  readonly url: string;
  readonly client: Client;

  /** ERR_INVALID_ARGUMENT: it is no `http://host:port`, `https://host:port` or `host:port`. */
  constructor(url: string, options: ClientOptions) {
    const { tls, pingIntervalMs, pingTimeoutMs } = options;
    const { host, isSecure } = parsed(url, tls !== undefined);
    this.url = url;
    this.client = new Client(host, isSecure ? secure(tls) : credentials.createInsecure(), {
      'grpc.keepalive_time_ms': pingIntervalMs,
      'grpc.keepalive_timeout_ms': pingTimeoutMs,
      'grpc.initial_reconnect_backoff_ms': RECONNECT_MS.first,
      'grpc.max_reconnect_backoff_ms': RECONNECT_MS.most,
      'grpc.max_receive_message_length': -1,
      'grpc.max_send_message_length': -1,
      // What may be tried again is decided where it is known what a request does.
      'grpc.enable_retries': 0,
      'grpc.service_config_disable_resolution': 1,
      'grpc.use_local_subchannel_pool': 1,
      ...(tls?.serverName !== undefined && {
        'grpc.ssl_target_name_override': tls.serverName,
        'grpc.default_authority': tls.serverName,
      }),
    });
  }

  get isReady(): boolean {
    return this.client.getChannel().getConnectivityState(false) === connectivityState.READY;
  }

  /** False if it cannot be reached now. */
  async connect(timeoutMs: number): Promise<boolean> {
    const channel = this.client.getChannel();
    const deadline = Date.now() + timeoutMs;
    for (;;) {
      const state = channel.getConnectivityState(true);
      if (state === connectivityState.READY) return true;
      const isTrying = state === connectivityState.IDLE || state === connectivityState.CONNECTING;
      if (!isTrying || !(await changes(channel, state, deadline))) return false;
    }
  }

  close(): void {
    this.client.close();
  }
}

function changes(channel: Channel, state: connectivityState, deadline: number): Promise<boolean> {
  return new Promise((resolve) => {
    channel.watchConnectivityState(state, deadline, (error) => resolve(error === undefined));
  });
}

function parsed(url: string, isSecureByDefault: boolean): { host: string; isSecure: boolean } {
  const wrong = (): Error =>
    invalidArgument(`an endpoint is http://host:port, https://host:port or host:port, not ${url}`);
  const match = /^(?:(https?):\/\/)?([^/?#@\s]+)\/?$/.exec(url);
  if (match === null) throw wrong();
  const [, scheme, host] = match;
  // A URL leaves out the port that is usual for it, which is not etcd's.
  if (!/:\d+$/.test(host!) || !URL.canParse(`http://${host}`)) throw wrong();
  return { host: host!, isSecure: scheme === undefined ? isSecureByDefault : scheme === 'https' };
}

function secure(tls: TlsOptions = {}): ChannelCredentials {
  const { ca, cert, key } = tls;
  return credentials.createSsl(pem(ca), pem(key), pem(cert));
}

const pem = (text: string | Uint8Array | undefined): Buffer | null =>
  text === undefined ? null : Buffer.from(text as string);
