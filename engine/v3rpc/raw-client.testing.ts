/** A client as plain as can be: it says what it is told to say, word for word, and tells what it is answered. */
import {
  create,
  type DescMethodUnary,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from '@bufbuild/protobuf';
import {
  type ChannelCredentials,
  type ChannelOptions,
  Client,
  type ClientDuplexStream,
  credentials,
  type ServiceError,
} from '@grpc/grpc-js';
import { Lease } from '../wire/generated/rpc_pb.ts';
import { SERVICES } from '../wire/services.ts';

type Unary = DescMethodUnary;

const asIs = (bytes: Uint8Array): Buffer => Buffer.from(bytes);

export class RawClient implements Disposable {
  readonly grpc: Client;

  constructor(
    address: string,
    secrets: ChannelCredentials = credentials.createInsecure(),
    options: ChannelOptions = {},
  ) {
    this.grpc = new Client(address, secrets, {
      'grpc.max_send_message_length': -1,
      'grpc.max_receive_message_length': -1,
      'grpc.use_local_subchannel_pool': 1,
      ...options,
    });
  }

  async call<M extends Unary>(
    method: M,
    init: MessageInitShape<M['input']>,
  ): Promise<MessageShape<M['output']>> {
    const { input, output } = method as Unary;
    const request = toBinary(input, create(input, init));
    const answered = await this.bytes(`/${method.parent.typeName}/${method.name}`, request);
    return fromBinary(output, answered) as MessageShape<M['output']>;
  }

  /** Whatever bytes, to whatever method. */
  bytes(path: string, request: Uint8Array): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      const deadline = Date.now() + 10_000;
      this.grpc.makeUnaryRequest(path, asIs, asIs, request, { deadline }, (error, answer) => {
        if (error === null) resolve(answer!);
        else reject(error);
      });
    });
  }

  /** The status that a call ends with, as `code details`. */
  async refusal<M extends Unary>(method: M, init: MessageInitShape<M['input']>): Promise<string> {
    return refusalOf(this.call(method, init));
  }

  keepAlive(): KeepAlive {
    const { path, requestSerialize, responseDeserialize } =
      SERVICES[Lease.typeName]!['leaseKeepAlive']!;
    return this.grpc.makeBidiStreamRequest(
      path,
      requestSerialize,
      responseDeserialize,
    ) as KeepAlive;
  }

  [Symbol.dispose](): void {
    this.grpc.close();
  }
}

export type KeepAlive = ClientDuplexStream<
  MessageShape<(typeof Lease.method.leaseKeepAlive)['input']>,
  MessageShape<(typeof Lease.method.leaseKeepAlive)['output']>
>;

export async function refusalOf(answer: Promise<unknown>): Promise<string> {
  try {
    await answer;
    return 'answered';
  } catch (error) {
    const { code, details } = error as ServiceError;
    return `${code} ${details}`;
  }
}

export const bytesOf = (text: string): Uint8Array => Buffer.from(text);

/** A number that the enum asked for does not list. */
export const unlisted = (number: number): never => number as never;
