/**
 * The protocol's services as grpc-js takes them: for each method its path, and how its messages become bytes.
 * A response that is bytes already is sent as it is: what many clients are sent is encoded once.
 */
import { type DescMessage, type DescService, fromBinary, toBinary } from '@bufbuild/protobuf';
import type { MethodDefinition } from '@grpc/grpc-js';
import { Health } from './generated/health_pb.ts';
import { Auth, Cluster, KV, Lease, Maintenance, Watch } from './generated/rpc_pb.ts';
import { decoderOf } from './requests.ts';

type Definition = MethodDefinition<unknown, unknown>;

/** Methods by the names that handlers are registered under, `range` for `Range`. */
export type Methods = Readonly<Record<string, Definition>>;

/** Every service there is, by the full name that is called. */
export const SERVICES: Readonly<Record<string, Methods>> = Object.fromEntries(
  [KV, Watch, Lease, Cluster, Maintenance, Auth, Health].map((service) => [
    service.typeName,
    methodsOf(service),
  ]),
);

export function methodsOf(service: DescService): Methods {
  return Object.fromEntries(
    service.methods.map(({ name, localName, methodKind, input, output }) => [
      localName,
      {
        path: `/${service.typeName}/${name}`,
        originalName: localName,
        requestStream: methodKind === 'client_streaming' || methodKind === 'bidi_streaming',
        responseStream: methodKind === 'server_streaming' || methodKind === 'bidi_streaming',
        requestSerialize: serializerOf(input),
        requestDeserialize: decoderOf(input),
        responseSerialize: serializerOf(output),
        responseDeserialize: (bytes: Buffer) => fromBinary(output, bytes),
      },
    ]),
  );
}

function serializerOf(schema: DescMessage): (message: unknown) => Buffer {
  return (message) => {
    const bytes =
      message instanceof Uint8Array
        ? message
        : toBinary(schema, message as Parameters<typeof toBinary>[1]);
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  };
}
