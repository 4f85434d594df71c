/**
 * What grpc-js leaves to be said in etcd's words: how a handler's failure becomes a status, what a call of
 * an unknown method is told, and what one is told that sends too much.
 */
import {
  type handleBidiStreamingCall,
  type handleUnaryCall,
  type sendUnaryData,
  type Server,
  type ServerInterceptingCall,
  type ServerInterceptor,
  status,
} from '@grpc/grpc-js';
import { statusOf, type WireStatus } from '../wire/errors.ts';

/** Sent to whatever is under way when the server stops. */
export const STOPPED: WireStatus = {
  code: status.UNAVAILABLE,
  details: 'etcdserver: server stopped',
};

/** Thrown by a handler that answers with a status which no error of the store stands for. */
export class StatusError extends Error {
  readonly status: WireStatus;

  constructor(code: number, details: string) {
    super(details);
    this.status = { code, details };
  }
}

export const wireStatusOf = (error: unknown): WireStatus =>
  error instanceof StatusError ? error.status : statusOf(error);

/** A handler that answers, or throws, becomes what grpc-js calls. What can be answered at once is. */
export function unary<Req, Res>(
  answer: (request: Req) => Promise<Res> | Res,
): handleUnaryCall<Req, Res> {
  return (call, callback) => {
    let response: Promise<Res> | Res;
    try {
      response = answer(call.request);
    } catch (error) {
      callback(wireStatusOf(error));
      return;
    }
    if (response instanceof Promise) void respond(response, callback);
    else callback(null, response);
  };
}

async function respond<Res>(answer: Promise<Res>, callback: sendUnaryData<Res>): Promise<void> {
  let response: Res;
  try {
    response = await answer;
  } catch (error) {
    callback(wireStatusOf(error));
    return;
  }
  callback(null, response);
}

/** What grpc-js keeps to itself; where it is not as it was, its own words are sent. */
interface HandlerLookup {
  _retrieveHandler?: (this: Server, path: string) => object | null;
}

/** R158, R32: methods and services that are not there are answered in etcd's words. */
export function answerUnknown(server: Server, services: ReadonlySet<string>): void {
  const lookup = server as unknown as HandlerLookup;
  const known = lookup._retrieveHandler;
  if (known === undefined) return;
  lookup._retrieveHandler = function (path) {
    const handler = known.call(this, path);
    if (handler !== null) return handler;
    // A bidirectional call may be of any kind: it is answered before anything is received.
    const func: handleBidiStreamingCall<unknown, unknown> = (call) => {
      call.emit('error', { code: status.UNIMPLEMENTED, details: unknown(path, services) });
    };
    return { func, path, type: 'bidi', ...NO_CODEC };
  };
}

function unknown(path: string, services: ReadonlySet<string>): string {
  const [, service, method] = /^\/(.*)\/([^/]*)$/.exec(path) ?? [];
  if (service === undefined) return `malformed method name: ${JSON.stringify(path)}`;
  if (!services.has(service)) return `unknown service ${service}`;
  return `unknown method ${method} for service ${service}`;
}

const NO_CODEC = {
  serialize: (): Buffer => Buffer.alloc(0),
  deserialize: (bytes: Buffer): Buffer => bytes,
};

type Status = Parameters<Parameters<ServerInterceptor>[1]['sendStatus']>[0];
type SendStatus = (this: Call, sent: Status) => void;
interface Call {
  sendStatus: SendStatus;
}

const ours = new WeakMap<SendStatus, SendStatus>();

/** R44: says of a message that is larger than the server takes what etcd says of it. */
export const inEtcdsWords: ServerInterceptor = (_, intercepted) => {
  const call = intercepted as Call;
  const { sendStatus } = call;
  let reworded = ours.get(sendStatus);
  if (reworded === undefined) {
    reworded = function (sent) {
      sendStatus.call(this, sent.code === status.RESOURCE_EXHAUSTED ? inWords(sent) : sent);
    };
    ours.set(sendStatus, reworded);
  }
  // One function for all calls: grpc-js itself refuses by this method of the call.
  call.sendStatus = reworded;
  return intercepted as ServerInterceptingCall;
};

function inWords<S extends { readonly details?: string | null }>(sent: S): S {
  const sizes = /^Received message larger than max \((\d+) vs (\d+)\)$/.exec(sent.details ?? '');
  if (sizes === null) return sent;
  const details = `grpc: received message larger than max (${sizes[1]} vs. ${sizes[2]})`;
  return { ...sent, details };
}
