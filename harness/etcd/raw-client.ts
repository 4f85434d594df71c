/**
 * The protocol as it is: any method of any service, its messages by their descriptors. It knows nothing of
 * stores, retries nothing, and hides no error.
 */
import { type DescMethod, fromBinary, type Message, toBinary } from '@bufbuild/protobuf';
import {
  Client,
  type ClientDuplexStream,
  type ClientOptions,
  type ClientReadableStream,
  credentials,
  type ServiceError,
} from '@grpc/grpc-js';

const PATIENCE_MS = 20_000;

/** Messages in either direction may be as large as they like: what a server refuses is its own business. */
const OPTIONS: ClientOptions = {
  'grpc.max_send_message_length': -1,
  'grpc.max_receive_message_length': -1,
  // Each client has a connection of its own.
  'grpc.use_local_subchannel_pool': 1,
};

export class RawClient {
  readonly #client: Client;
  readonly #patienceMs: number;

  /** `http://127.0.0.1:1234`. Connects when it is first asked. `patienceMs`: for each unary call. */
  constructor(endpoint: string, patienceMs: number = PATIENCE_MS) {
    this.#patienceMs = patienceMs;
    const { host } = new URL(endpoint);
    this.#client = new Client(host, credentials.createInsecure(), OPTIONS);
  }

  /** Rejects with what grpc-js makes of a status: `code` and `details`. */
  unary(method: DescMethod, request: Message): Promise<Message> {
    return this.unaryBytes(pathOf(method), toBinary(method.input, request)).then((bytes) =>
      fromBinary(method.output, bytes),
    );
  }

  /** Messages that are bytes already, to a path that may not exist. */
  unaryBytes(path: string, request: Uint8Array): Promise<Uint8Array> {
    return new Promise((resolve, reject) => {
      const done = (error: ServiceError | null, response?: Uint8Array) =>
        error === null ? resolve(response!) : reject(error);
      const options = { deadline: Date.now() + this.#patienceMs };
      this.#client.makeUnaryRequest(path, bufferOf, same, request, options, done);
    });
  }

  duplex(method: DescMethod): ClientDuplexStream<Message, Message> {
    return this.#client.makeBidiStreamRequest(
      pathOf(method),
      (message: Message) => bufferOf(toBinary(method.input, message)),
      (bytes) => fromBinary(method.output, bytes),
    );
  }

  serverStream(method: DescMethod, request: Message): ClientReadableStream<Message> {
    return this.#client.makeServerStreamRequest(
      pathOf(method),
      (message: Message) => bufferOf(toBinary(method.input, message)),
      (bytes) => fromBinary(method.output, bytes),
      request,
    );
  }

  close(): void {
    this.#client.close();
  }
}

const pathOf = ({ parent, name }: DescMethod): string => `/${parent.typeName}/${name}`;

const same = (bytes: Buffer): Buffer => bytes;

const bufferOf = (bytes: Uint8Array): Buffer =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
