/**
 * How fast grpc-js itself is: a server that takes the same puts and gets and answers them from a map at
 * once. No revisions are kept, nothing is checked, nothing is written.
 */
import {
  type handleUnaryCall,
  type MethodDefinition,
  Server,
  ServerCredentials,
} from '@grpc/grpc-js';
import { getResponse, keyAndValueIn, keyValueOf, METHODS, putResponse } from './messages.ts';

type Handler = handleUnaryCall<Buffer, Buffer>;

export interface Echo {
  readonly url: string;
  close(): void;
}

export async function startEcho(): Promise<Echo> {
  const server = new Server({ 'grpc.enable_channelz': 0 });
  server.addService(
    { put: definitionOf(METHODS.put), range: definitionOf(METHODS.get) },
    handlers(),
  );
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) => {
      if (error === null) resolve(bound);
      else reject(error);
    });
  });
  const address = `127.0.0.1:${port}`;
  const close = (): void => {
    // Without channelz, forcing alone leaves connections that are open.
    server.drain(address, 0);
    server.forceShutdown();
  };
  return { url: `http://${address}`, close };
}

function handlers(): { readonly put: Handler; readonly range: Handler } {
  const keyValues = new Map<string, { readonly bytes: Buffer; readonly version: number }>();
  let revision = 1;
  return {
    put: ({ request }, callback) => {
      const put = keyAndValueIn(request);
      const key = put.key.latin1Slice();
      const version = (keyValues.get(key)?.version ?? 0) + 1;
      keyValues.set(key, { bytes: keyValueOf(put, ++revision, version), version });
      callback(null, putResponse(revision));
    },
    range: ({ request }, callback) => {
      const { key } = keyAndValueIn(request);
      callback(null, getResponse(revision, keyValues.get(key.latin1Slice())?.bytes));
    },
  };
}

const same = (bytes: Buffer): Buffer => bytes;

const definitionOf = (path: string): MethodDefinition<Buffer, Buffer> => ({
  path,
  requestStream: false,
  responseStream: false,
  requestSerialize: same,
  requestDeserialize: same,
  responseSerialize: same,
  responseDeserialize: same,
});
