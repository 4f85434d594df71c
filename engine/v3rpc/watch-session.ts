/**
 * One client's stream of watches: its receive loop, its control channel, and its send loop, over one stream
 * of the engine.
 *
 *     requests ─► receive ──► engine's WatchStream ──► queue ───┐
 *                    │                                          ├─► send ─► sink ─► client
 *                    └──► control: created, canceled ───────────┘
 *
 * What is in the control channel goes first: no event of a watch comes before it was told that it began, and
 * none after it was told that it was cancelled. While it waits for its revision to be durable, all wait.
 * A reader that is slow fills the sink, then the engine's queue, which holds its watchers up and nobody else;
 * and once the control channel is full no more requests are read.
 */
import { create, toBinary } from '@bufbuild/protobuf';
import { status } from '@grpc/grpc-js';
import { keyStringOf, AFTER_ALL_KEYS } from '../base/bytes.ts';
import { VarveError } from '../base/errors.ts';
import { statusOf, type WireStatus } from '../wire/errors.ts';
import {
  type WatchCreateRequest,
  WatchCreateRequest_FilterType as FilterType,
  type WatchRequest as WireRequest,
  WatchResponseSchema,
} from '../wire/generated/rpc_pb.ts';
import type { Delivery, Ending } from '../watch/watch-chan.ts';
import type { WatchStream } from '../watch/watch-stream.ts';
import type { WatchRequest } from '../watch/watcher.ts';
import { headerOf, type Serving } from './serving.ts';
import { type MessagePieces, messagesOf, type WatchEncoder } from './watch-encoder.ts';
import { WatchIds } from './watch-ids.ts';
import { sinkOf, type WatchCall, type WatchSink } from './watch-sink.ts';

/** R110: what may wait in the control channel before requests have to wait. */
const CONTROL_MAX = 16;
const NOTHING: Uint8Array = new Uint8Array(0);
/** R93, R107: no watch of its own. */
const NO_WATCH = -1;
const SLOW = 'the watch was too slow';

export const SERVER_STOPPED: WireStatus = {
  code: status.UNAVAILABLE,
  details: 'etcdserver: server stopped',
};

export interface WatchSessionInit {
  readonly serving: Serving;
  readonly encoder: WatchEncoder;
  /** R108; undefined: as long as etcd waits. */
  readonly progressMs: number | undefined;
  /** Runs once. */
  readonly onEnd: (session: WatchSession) => void;
}

/** Said of a watch, once its revision may be shown. */
interface Control {
  readonly revision: number;
  readonly message: MessagePieces;
}

/** Of a response without events. */
interface Fields {
  readonly watchId: bigint;
  readonly created?: boolean;
  readonly canceled?: boolean;
  readonly compactRevision?: bigint;
  readonly cancelReason?: string;
}

export class WatchSession {
  readonly #call: WatchCall;
  readonly #init: WatchSessionInit;
  readonly #stream: WatchStream;
  readonly #sink: WatchSink;
  readonly #ids = new WatchIds();
  readonly #control: Control[] = [];
  /** Messages of the delivery that is being sent, the last first, and whose they are. */
  #rest: MessagePieces[] = [];
  #restId = NO_WATCH;
  #timer: Disposable | undefined;
  #isSending = false;
  #isWaiting = false;
  #isOver = false;

  constructor(call: WatchCall, init: WatchSessionInit) {
    this.#call = call;
    this.#init = init;
    this.#stream = init.serving.insides.watches.newStream();
    this.#stream.chan.onReadable = this.#send;
    this.#sink = sinkOf(call, this.#send);
    call.on('data', (request: WireRequest) => this.#receive(request));
    call.on('cancelled', () => this.#release());
    call.on('close', () => this.#release());
  }

  /** What may be shown still goes out as far as there is room, then the status. */
  end(status: WireStatus): void {
    this.#send();
    this.#finish(status);
  }

  #finish({ code, details }: WireStatus): void {
    if (this.#isOver) return;
    this.#sink.flush();
    this.#release();
    this.#call.emit('error', Object.assign(new Error(details), { code, details }));
  }

  #release(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#timer?.[Symbol.dispose]();
    this.#stream.close();
    this.#sink.close();
    this.#control.length = 0;
    this.#rest = [];
    this.#init.onEnd(this);
  }

  // ── receiving ────────────────────────────────────────────────────────────

  #receive({ requestUnion }: WireRequest): void {
    if (this.#isOver) return;
    if (requestUnion.case === 'createRequest') this.#create(requestUnion.value);
    else if (requestUnion.case === 'cancelRequest') this.#cancel(requestUnion.value.watchId);
    else if (requestUnion.case === 'progressRequest') this.#stream.requestProgress();
    this.#send();
    if (this.#control.length >= CONTROL_MAX) this.#call.pause();
  }

  #create(request: WatchCreateRequest): void {
    const { core } = this.#init.serving.insides;
    try {
      core.checkUsable();
    } catch (error) {
      this.end(stoppedBy(error as Error));
      return;
    }
    const id = this.#ids.inside(request.watchId);
    try {
      const given = this.#stream.watch(watchRequestOf(request, id));
      if (request.watchId !== 0n) this.#ids.keep(request.watchId, given);
      this.#tell(core.kv.rev(), { watchId: BigInt(this.#ids.wire(given)), created: true });
      if (request.progressNotify) this.#timer ??= this.#nextTick();
    } catch (error) {
      if (!(error instanceof VarveError)) throw error;
      const cancelReason = statusOf(error).details;
      const watchId = BigInt(NO_WATCH);
      this.#tell(core.kv.rev(), { watchId, created: true, canceled: true, cancelReason });
    }
  }

  #cancel(watchId: bigint): void {
    const id = this.#ids.inside(watchId);
    if (!this.#stream.cancel(id)) return;
    if (this.#restId === id) this.#rest = [];
    this.#ids.forget(id);
    this.#tell(this.#init.serving.insides.core.kv.rev(), { watchId, canceled: true });
  }

  #tell(revision: number, fields: Fields): void {
    this.#control.push({ revision, message: this.#message(revision, fields) });
  }

  #message(revision: number, fields: Fields): MessagePieces {
    const response = create(WatchResponseSchema, {
      ...fields,
      header: headerOf(this.#init.serving, revision),
    });
    const header = toBinary(WatchResponseSchema, response);
    return { header, fields: NOTHING, events: NOTHING };
  }

  #nextTick(): Disposable {
    const { watches, options } = this.#init.serving.insides;
    return options.clock.setTimer(watches.progressMs(this.#init.progressMs), () => {
      this.#timer = this.#nextTick();
      this.#stream.tick();
    });
  }

  // ── sending ──────────────────────────────────────────────────────────────

  readonly #send = (): void => {
    if (this.#isSending || this.#isOver) return;
    this.#isSending = true;
    try {
      while (!this.#isOver && this.#sink.hasRoom && this.#sendNext());
    } finally {
      this.#isSending = false;
    }
  };

  /** False if there is nothing to send, or not yet. */
  #sendNext(): boolean {
    const { error } = this.#stream;
    const control = this.#control[0];
    if (control !== undefined && error === undefined) return this.#sendControl(control);
    const message = this.#rest.pop();
    if (message !== undefined) {
      this.#sink.send(message);
      return true;
    }
    const delivery = this.#stream.take();
    if (delivery !== undefined) this.#sendDelivery(delivery);
    else if (error !== undefined) this.#finish(stoppedBy(error));
    return delivery !== undefined;
  }

  #sendControl({ revision, message }: Control): boolean {
    const { core } = this.#init.serving.insides;
    if (revision > core.shownRevision) {
      if (!this.#isWaiting) core.whenCommitted({ committed: this.#goOn, failed: this.#goOn });
      this.#isWaiting = true;
      return false;
    }
    this.#sink.send(message);
    this.#control.shift();
    if (this.#control.length < CONTROL_MAX && this.#call.isPaused()) this.#call.resume();
    return true;
  }

  readonly #goOn = (): void => {
    this.#isWaiting = false;
    this.#send();
  };

  #sendDelivery({ watcher, batch, ending }: Delivery): void {
    const id = watcher?.id ?? NO_WATCH;
    const watchId = this.#ids.wire(id);
    if (ending !== null) {
      this.#sink.send(this.#lastWord(BigInt(watchId), ending));
      return;
    }
    const { encoder, serving } = this.#init;
    const bytesMax =
      watcher?.fragment === true ? serving.insides.watches.fragmentBytes : Number.POSITIVE_INFINITY;
    const responses =
      batch.isLive && this.#sink.isBehind
        ? encoder.merged(batch, serving.insides.core.shownRevision)
        : encoder.responses(batch);
    const messages: MessagePieces[] = [];
    for (const response of responses) {
      messages.push(...messagesOf(response, watchId, bytesMax));
    }
    if (messages.length === 1) {
      this.#sink.send(messages[0]!);
    } else {
      this.#rest = messages.toReversed();
      this.#restId = id;
    }
  }

  /** R97: its header tells no revision. */
  #lastWord(watchId: bigint, ending: Ending): MessagePieces {
    const fields =
      ending.reason === 'compacted'
        ? { compactRevision: BigInt(ending.compactRevision) }
        : { cancelReason: ending.reason === 'failed' ? statusOf(ending.error).details : SLOW };
    return this.#message(0, { watchId, canceled: true, ...fields });
  }
}

/** R90-R93, R105: an empty key is the one that is a NUL byte, and filters that nobody knows filter nothing. */
function watchRequestOf(request: WatchCreateRequest, id: number): WatchRequest {
  const { key, startRevision, filters, progressNotify, prevKv, fragment } = request;
  return {
    key: key.length === 0 ? '\0' : keyStringOf(key),
    end: endOf(request),
    startRevision: Number(startRevision > LAST_REVISION ? LAST_REVISION : startRevision),
    id,
    prevKv,
    noPut: filters.includes(FilterType.NOPUT),
    noDelete: filters.includes(FilterType.NODELETE),
    progressNotify,
    fragment,
  };
}

function endOf({ rangeEnd }: WatchCreateRequest): string | undefined {
  if (rangeEnd.length === 0) return undefined;
  return rangeEnd.length === 1 && rangeEnd[0] === 0 ? AFTER_ALL_KEYS : keyStringOf(rangeEnd);
}

/** One that no store reaches. */
const LAST_REVISION = BigInt(Number.MAX_SAFE_INTEGER);

function stoppedBy(error: Error): WireStatus {
  const isClosed = error instanceof VarveError && error.code === 'ERR_CLOSED';
  return isClosed ? SERVER_STOPPED : statusOf(error);
}
