/** A server that says what a test tells it to: handlers by method name, and whatever was asked of it. */
import {
  Server,
  ServerCredentials,
  type ServerDuplexStream,
  type ServerUnaryCall,
  status,
} from '@grpc/grpc-js';
import { create, type DescMessage, type MessageInitShape } from '@bufbuild/protobuf';
import type { KeyValueSchema } from '../wire/generated/kv_pb.ts';
import {
  Auth,
  KV,
  Lease,
  Maintenance,
  type WatchRequest,
  WatchResponseSchema,
} from '../wire/generated/rpc_pb.ts';
import { SERVICES } from '../wire/services.ts';

/** Undefined: it never answers. An object with `code` is an error. */
export type Answer = object | undefined;
// oxlint-disable-next-line typescript/no-explicit-any -- each method has a request of its own
export type Handler = (request: any, call: ServerUnaryCall<unknown, unknown>) => Answer;
export type Duplex = ServerDuplexStream<unknown, unknown>;

export interface Script {
  readonly unary?: Readonly<Record<string, Handler>>;
  readonly watch?: (stream: WatchSide) => void;
  readonly keepAlive?: (stream: Duplex) => void;
}

const OUTPUTS: Readonly<Record<string, DescMessage>> = Object.fromEntries(
  [KV, Lease, Maintenance, Auth].flatMap(({ methods }) =>
    methods.map(({ localName, output }) => [localName, output]),
  ),
);

export class ScriptedServer {
  readonly url: string;
  readonly port: number;
  /** Names of the methods called, in order. */
  readonly asked: string[];
  readonly #server: Server;

  private constructor(server: Server, port: number, asked: string[]) {
    this.#server = server;
    this.port = port;
    this.url = `http://127.0.0.1:${port}`;
    this.asked = asked;
  }

  static async start(script: Script, port = 0): Promise<ScriptedServer> {
    const server = new Server();
    const asked: string[] = [];
    for (const methods of Object.values(SERVICES)) {
      const handlers: Record<string, unknown> = {};
      for (const [name, { requestStream }] of Object.entries(methods)) {
        handlers[name] = requestStream ? streamed(script, name) : answering(script, name, asked);
      }
      server.addService(methods, handlers as never);
    }
    const bound = await new Promise<number>((resolve, reject) => {
      const credentials = ServerCredentials.createInsecure();
      server.bindAsync(`127.0.0.1:${port}`, credentials, (error, at) =>
        error === null ? resolve(at) : reject(error),
      );
    });
    return new ScriptedServer(server, bound, asked);
  }

  /** As when its process is killed: connections are cut. */
  kill(): void {
    this.#server.forceShutdown();
  }
}

function answering({ unary = {} }: Script, name: string, asked: string[]) {
  return (
    call: ServerUnaryCall<unknown, unknown>,
    callback: (error: object | null, answer?: object) => void,
  ): void => {
    asked.push(name);
    const handler = unary[name];
    if (handler === undefined) return callback({ code: status.UNIMPLEMENTED, details: name });
    const answer = handler(call.request, call);
    if (answer === undefined) return;
    if ('code' in answer) callback(answer);
    else callback(null, create(OUTPUTS[name]!, answer as Record<string, unknown>));
  };
}

function streamed({ watch, keepAlive }: Script, name: string): (stream: Duplex) => void {
  return (stream) => {
    // A client that goes away is no error here.
    stream.on('error', () => {});
    if (name === 'watch') watch?.(new WatchSide(stream));
    else if (name === 'leaseKeepAlive') keepAlive?.(stream);
    else stream.end();
  };
}

/** The server's end of a watch stream. */
export class WatchSide {
  readonly #stream: Duplex;
  readonly requests: WatchRequest['requestUnion'][] = [];
  onRequest: (request: WatchRequest['requestUnion']) => void = () => {};

  constructor(stream: Duplex) {
    this.#stream = stream;
    stream.on('data', ({ requestUnion }: WatchRequest) => {
      this.requests.push(requestUnion);
      this.onRequest(requestUnion);
    });
  }

  send(response: MessageInitShape<typeof WatchResponseSchema>): void {
    this.#stream.write(create(WatchResponseSchema, response));
  }

  created(watchId: number, revision: number): void {
    this.send({ created: true, watchId: BigInt(watchId), header: header(revision) });
  }

  /** One put of `key` in each of these revisions, in one response. */
  puts(
    watchId: number,
    revisions: readonly number[],
    rest: { readonly fragment?: boolean } = {},
  ): void {
    const events = revisions.map((revision) => ({ kv: keyValue(`k${revision}`, revision) }));
    this.send({ watchId: BigInt(watchId), header: header(revisions.at(-1)!), events, ...rest });
  }

  /** The stream ends with this status. */
  fail(code: number, details: string): void {
    this.#stream.emit('error', { code, details });
  }
}

export const header = (revision: number): { readonly revision: bigint } => ({
  revision: BigInt(revision),
});

export const keyValue = (
  key: string,
  revision: number,
  value = '',
): MessageInitShape<typeof KeyValueSchema> => ({
  key: Buffer.from(key),
  value: Buffer.from(value),
  createRevision: BigInt(revision),
  modRevision: BigInt(revision),
  version: 1n,
});
