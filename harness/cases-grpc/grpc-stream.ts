/** A watch stream of the protocol, as the recorded cases ask it: what came is kept until it is taken. */
import type { Message } from '@bufbuild/protobuf';
import type { ClientDuplexStream } from '@grpc/grpc-js';
import {
  Watch,
  WatchRequestSchema,
  type WatchResponse,
  WatchResponseSchema,
} from '../../engine/wire/generated/rpc_pb.ts';
import type { Fields } from '../cases/recorded.ts';
import type { RawClient } from '../etcd/raw-client.ts';
import { errorFields } from './error-fields.ts';
import { fieldsOf, messageOf } from './fields.ts';

const POLL_MS = 5;

export class GrpcStream {
  readonly #stream: ClientDuplexStream<Message, Message>;
  readonly #responses: WatchResponse[] = [];
  #end: Fields | undefined;

  constructor(client: RawClient) {
    this.#stream = client.duplex(Watch.method.watch);
    this.#stream.on('data', (message: WatchResponse) => this.#responses.push(message));
    this.#stream.on('error', (error) => {
      this.#end ??= errorFields(error);
    });
    this.#stream.on('end', () => {
      this.#end ??= { ended: true };
    });
  }

  send(request: Fields): void {
    this.#stream.write(messageOf(WatchRequestSchema, request));
  }

  /** The client's half of it. */
  halfClose(): void {
    this.#stream.end();
  }

  /** Whatever it is cancelled for is nobody's business any more. */
  cancel(): void {
    this.#stream.cancel();
  }

  /** The next response, how the stream ended, or that nothing came. */
  async take(ms: number): Promise<Fields> {
    await this.#wait(ms, () => this.#responses.length > 0);
    const response = this.#responses.shift();
    if (response !== undefined) return fieldsOf(WatchResponseSchema, response);
    return this.#end ?? { none: true };
  }

  /** Responses merged, until they have so many events; `summary`: the first and the last of them. */
  async collect(count: number, ms: number, isSummary: boolean): Promise<Fields> {
    const taken: WatchResponse[] = [];
    const until = Date.now() + ms;
    const collected = (): number =>
      taken.reduce((sum, response) => sum + response.events.length, 0);
    while (collected() < count) {
      await this.#wait(until - Date.now(), () => this.#responses.length > 0);
      const response = this.#responses.shift();
      if (response === undefined) break;
      taken.push(response);
    }
    const events = taken.flatMap(
      (response) => (fieldsOf(WatchResponseSchema, response)['events'] ?? []) as readonly Fields[],
    );
    const revisionSplitAcrossResponses = isRevisionSplit(taken);
    if (!isSummary) return { events, revisionSplitAcrossResponses };
    return {
      count: events.length,
      first: events[0],
      last: events.at(-1),
      revisionSplitAcrossResponses,
      fragmentedResponses: taken.some(({ fragment }) => fragment),
    };
  }

  async #wait(ms: number, isDone: () => boolean): Promise<void> {
    const until = Date.now() + ms;
    while (!isDone() && this.#end === undefined && Date.now() < until) {
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }
}

function isRevisionSplit(responses: readonly WatchResponse[]): boolean {
  const revisions = responses.flatMap(({ events }) => [
    ...new Set(events.map(({ kv }) => kv?.modRevision)),
  ]);
  return new Set(revisions).size < revisions.length;
}
