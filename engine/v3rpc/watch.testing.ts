/** A grpc-js server with the Watch service alone, over a store in memory, and a plain client of it. */
import { create, type MessageInitShape } from '@bufbuild/protobuf';
import {
  Client,
  type ClientDuplexStream,
  credentials,
  Server,
  ServerCredentials,
  type StatusObject,
} from '@grpc/grpc-js';
import { insidesOf, type Insides } from '../insides.ts';
import { openMemory } from '../open.ts';
import type { EmbeddedStore, OpenOptions } from '../types.ts';
import { Event_EventType } from '../wire/generated/kv_pb.ts';
import {
  type WatchCreateRequestSchema,
  WatchRequestSchema,
  type WatchResponse,
} from '../wire/generated/rpc_pb.ts';
import { type Methods, SERVICES } from '../wire/services.ts';
import type { Identity } from './serving.ts';
import { watchHandlers } from './watch.ts';

export const IDENTITY: Identity = { clusterId: 2n ** 63n + 5n, memberId: 7n, raftTerm: 2n };
const WATCH: Methods = SERVICES['etcdserverpb.Watch']!;

export type CreateInit = MessageInitShape<typeof WatchCreateRequestSchema>;

export class WatchBench implements AsyncDisposable {
  readonly store: EmbeddedStore;
  readonly insides: Insides;
  readonly port: number;
  readonly closing: AbortController = new AbortController();
  readonly #server: Server;
  readonly #clients: Client[] = [];

  private constructor(store: EmbeddedStore, server: Server, port: number) {
    this.store = store;
    this.insides = insidesOf(store);
    this.#server = server;
    this.port = port;
  }

  static async open(
    options: OpenOptions = {},
    progressNotifyIntervalMs?: number,
  ): Promise<WatchBench> {
    const store = await openMemory(options);
    const server = new Server();
    const serving = { store, insides: insidesOf(store), identity: IDENTITY };
    const port = await new Promise<number>((resolve, reject) => {
      const secrets = ServerCredentials.createInsecure();
      server.bindAsync('127.0.0.1:0', secrets, (error, bound) => {
        if (error === null) resolve(bound);
        else reject(error);
      });
    });
    const bench = new WatchBench(store, server, port);
    const interval = progressNotifyIntervalMs === undefined ? {} : { progressNotifyIntervalMs };
    const handlers = watchHandlers(serving, { onClose: bench.closing.signal, ...interval });
    server.addService(WATCH, handlers);
    return bench;
  }

  get counts(): Insides['watches']['watchable']['counts'] {
    return this.insides.watches.watchable.counts;
  }
  /** Watchers and streams that the engine still has. */
  get open(): number {
    const { watchable } = this.insides.watches;
    const { synced, unsynced, victims } = watchable.counts;
    return synced + unsynced + victims + watchable.streamCount;
  }

  client(): Client {
    const target = `127.0.0.1:${this.port}`;
    const options = { 'grpc.max_receive_message_length': -1, 'grpc.use_local_subchannel_pool': 1 };
    const client = new Client(target, credentials.createInsecure(), options);
    this.#clients.push(client);
    return client;
  }

  watch(client: Client = this.client()): WatchProbe {
    return new WatchProbe(client);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.#clients) client.close();
    this.#server.forceShutdown();
    await this.store.close();
  }
}

/** A stream as a client sees it: what came is kept until it is asked for. */
export class WatchProbe {
  readonly call: ClientDuplexStream<unknown, WatchResponse>;
  readonly status: Promise<StatusObject>;
  readonly #got: WatchResponse[] = [];
  readonly #waiting: ((response: WatchResponse) => void)[] = [];

  constructor(client: Client) {
    const { path, requestSerialize, responseDeserialize } = WATCH['watch']!;
    const deserialize = responseDeserialize as (bytes: Buffer) => WatchResponse;
    this.call = client.makeBidiStreamRequest(path, requestSerialize, deserialize);
    this.status = new Promise((resolve) => void this.call.on('status', resolve));
    this.call.on('error', () => {});
    this.call.on('data', (response: WatchResponse) => {
      const waiting = this.#waiting.shift();
      if (waiting === undefined) this.#got.push(response);
      else waiting(response);
    });
  }

  create(value: CreateInit): void {
    this.send({ case: 'createRequest', value: value as never });
  }
  cancel(watchId: bigint): void {
    this.send({ case: 'cancelRequest', value: { watchId } as never });
  }
  progress(): void {
    this.send({ case: 'progressRequest', value: {} as never });
  }
  send(requestUnion: MessageInitShape<typeof WatchRequestSchema>['requestUnion'] & object): void {
    this.call.write(create(WatchRequestSchema, { requestUnion }));
  }

  next(): Promise<WatchResponse> {
    const response = this.#got.shift();
    if (response !== undefined) return Promise.resolve(response);
    return new Promise((resolve) => void this.#waiting.push(resolve));
  }

  async line(): Promise<string> {
    return lineOf(await this.next());
  }

  async lines(count: number): Promise<string[]> {
    const lines: string[] = [];
    while (lines.length < count) lines.push(await this.line());
    return lines;
  }

  /** Nothing comes for a while. */
  async isQuiet(ms = 30): Promise<boolean> {
    await new Promise((resolve) => void setTimeout(resolve, ms));
    return this.#got.length === 0;
  }
}

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');

/** `0@5 created`, or `0@6: put a=1, delete b`; with the state before in brackets. */
export function lineOf(response: WatchResponse): string {
  const { header, watchId, created, canceled, compactRevision, cancelReason, events } = response;
  const shown = events.map(({ type, kv, prevKv }) => {
    const isPut = type === Event_EventType.PUT;
    const value = isPut ? `=${text(kv!.value)}` : '';
    const before = prevKv === undefined ? '' : ` (${text(prevKv.value)}@${prevKv.modRevision})`;
    return `${kv!.modRevision} ${isPut ? 'put' : 'delete'} ${text(kv!.key)}${value}${before}`;
  });
  const words = [
    `${watchId}@${header!.revision}`,
    ...(created ? ['created'] : []),
    ...(canceled ? ['canceled'] : []),
    ...(compactRevision === 0n ? [] : [`compacted ${compactRevision}`]),
    ...(cancelReason === '' ? [] : [`"${cancelReason}"`]),
    ...(response.fragment ? ['fragment'] : []),
    ...(shown.length === 0 ? [] : [`[${shown.join(', ')}]`]),
  ];
  return words.join(' ');
}

export const bytes = (key: string): Uint8Array => Buffer.from(key, 'latin1');

/** Until it is so; vitest's own limit says when it never is. */
export async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => void setTimeout(resolve, 2));
}
