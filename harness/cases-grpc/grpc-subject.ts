/** A server that is asked over gRPC what a real etcd was asked: one step after another. */
import type { Message } from '@bufbuild/protobuf';
import { setTimeout as sleep } from 'node:timers/promises';
import { Lease } from '../../engine/wire/generated/rpc_pb.ts';
import type { Fields, Step } from '../cases/recorded.ts';
import { RawClient } from '../etcd/raw-client.ts';
import { errorFields } from './error-fields.ts';
import { fieldsOf, messageOf } from './fields.ts';
import { GrpcStream } from './grpc-stream.ts';
import { METHODS } from './methods.ts';

/** A server that can end and go on with the same data, then maybe elsewhere. */
export interface Served {
  readonly endpoint: string;
  restart(): Promise<void>;
  /** It gets no chance to put anything in order. */
  killAndRestart(): Promise<void>;
  remove(): Promise<void>;
}

/** A step, its request written out. */
export interface Asked extends Omit<Step, 'expect'> {
  readonly summary?: boolean;
}

/** How long a response may take, unless the step says so; machines that are busy take long. */
const WAIT_MS = 3000;
const SILENCE_MS = 500;
const EVERYTHING: Fields = { key: '\0', range_end: '\0' };
const OK: Fields = { ok: true };

export class GrpcSubject {
  readonly #served: Served;
  readonly #streams = new Map<string, GrpcStream>();
  #client: RawClient;

  constructor(served: Served) {
    this.#served = served;
    this.#client = new RawClient(served.endpoint);
  }

  /** Without alarms, keys and leases: its revision then. */
  async emptied(): Promise<number> {
    const { alarms = [] } = await this.#call('alarm', { action: 'GET' });
    for (const alarm of alarms as readonly Fields[]) {
      await this.#call('alarm', { action: 'DEACTIVATE', ...alarm });
    }
    const { leases = [] } = await this.#call('leaseLeases', {});
    for (const lease of leases as readonly Fields[]) await this.#call('leaseRevoke', lease);
    const { header } = await this.#call('deleteRange', EVERYTHING);
    return Number((header as Fields)['revision']);
  }

  /** The response, or the error. */
  async ask({ op, req = {}, stream = '', ms, ...rest }: Asked): Promise<Fields> {
    switch (op) {
      case 'restart':
        return this.#again(() => this.#served.restart());
      case 'kill':
        return this.#again(() => this.#served.killAndRestart());
      case 'sleep':
        await sleep(ms);
        return OK;
      case 'watchOpen':
        this.#streams.set(stream, new GrpcStream(this.#client));
        return OK;
      case 'watchSend':
        this.#stream(stream).send(req);
        return OK;
      case 'watchClose':
        this.#stream(stream).halfClose();
        return OK;
      case 'watchCollect':
        return this.#stream(stream).collect(rest.events ?? 0, WAIT_MS, rest.summary ?? false);
      case 'watchRecv':
        return this.#stream(stream).take(ms ?? WAIT_MS);
      case 'watchNone':
        return this.#stream(stream).take(ms ?? SILENCE_MS);
      case 'rawUnary':
        return this.#rawUnary(String(req['path']));
      default:
        return this.#call(op, req).catch(errorFields);
    }
  }

  /** Its streams and its connection; the server goes on. */
  close(): void {
    for (const stream of this.#streams.values()) stream.cancel();
    this.#streams.clear();
    this.#client.close();
  }

  async #again(restart: () => Promise<void>): Promise<Fields> {
    this.close();
    await restart();
    this.#client = new RawClient(this.#served.endpoint);
    return OK;
  }

  async #call(op: string, req: Fields): Promise<Fields> {
    const method = METHODS.get(op);
    if (method === undefined) throw new Error(`there is no ${op}`);
    const request = messageOf(method.input, req);
    const response = await (method === Lease.method.leaseKeepAlive
      ? this.#keepAliveOnce(request)
      : this.#client.unary(method, request));
    return fieldsOf(method.output, response);
  }

  #keepAliveOnce(request: Message): Promise<Message> {
    const stream = this.#client.duplex(Lease.method.leaseKeepAlive);
    return new Promise((resolve, reject) => {
      stream.on('error', reject);
      stream.on('end', () => reject(new Error('the stream ended without an answer')));
      stream.on('data', (message: Message) => {
        resolve(message);
        stream.cancel();
      });
      stream.write(request);
    });
  }

  async #rawUnary(path: string): Promise<Fields> {
    try {
      const bytes = await this.#client.unaryBytes(path, new Uint8Array(0));
      return { bytes: bytes.length };
    } catch (error) {
      return errorFields(error);
    }
  }

  #stream(name: string): GrpcStream {
    const found = this.#streams.get(name);
    if (found === undefined) throw new Error(`no stream ${name} is open`);
    return found;
  }
}
