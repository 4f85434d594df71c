/**
 * Where a stream's messages go. What is sent in one turn of the event loop is put on the wire in one piece,
 * each message in its own gRPC frame:
 *
 *     │ 0 │ length, 4 bytes │ message │ 0 │ length │ message │ …
 *
 * grpc-js writes a message at a time, and the next when the one before has left; at one event a message this
 * is most of what an event costs. So the frames go to the HTTP/2 stream itself where it can be got at, and
 * through grpc-js where it cannot.
 */
import { Metadata, type ServerDuplexStream } from '@grpc/grpc-js';
import type { ServerHttp2Stream } from 'node:http2';
import type { MessagePieces } from './watch-encoder.ts';

export interface WatchSink {
  /** Send no more before `onDrain`. */
  readonly hasRoom: boolean;
  /** So much has not left yet that whoever gets more is behind. */
  readonly isBehind: boolean;
  send(message: MessagePieces): void;
  /** What was sent leaves now. */
  flush(): void;
  /** Nothing is waited for any more. */
  close(): void;
}

export type WatchCall = ServerDuplexStream<unknown, Uint8Array>;

/** Bytes that wait for a slow reader, beside what it has in the engine's own queue. */
export const SINK_BYTES: number = 256 * 1024;
/** What is sent in one turn, and more than a single client reads at a time. */
const BEHIND_BYTES = 16 * 1024;
/** Put on the wire at once. */
const CHUNK_BYTES = 64 * 1024;
/** Events of this size are not copied. */
const LARGE_BYTES = 32 * 1024;
const PREFIX_BYTES = 5;

export function sinkOf(call: WatchCall, onDrain: () => void): WatchSink {
  const http2 = http2StreamOf(call);
  return http2 === undefined ? new CallSink(call, onDrain) : new FrameSink(call, http2, onDrain);
}

/** Undefined if grpc-js keeps it elsewhere, or interceptors want to see what is sent. */
function http2StreamOf(call: WatchCall): ServerHttp2Stream | undefined {
  const inner = (call as unknown as { call?: { stream?: Partial<ServerHttp2Stream> } }).call;
  const stream = inner?.stream;
  const isIt =
    typeof stream?.write === 'function' &&
    typeof stream.respond === 'function' &&
    typeof stream.writableLength === 'number';
  return isIt ? (stream as ServerHttp2Stream) : undefined;
}

class FrameSink implements WatchSink {
  readonly #http2: ServerHttp2Stream;
  readonly #onDrain: () => void;
  #messages: MessagePieces[] = [];
  #bytes = 0;
  #flushing: NodeJS.Immediate | undefined;

  constructor(call: WatchCall, http2: ServerHttp2Stream, onDrain: () => void) {
    this.#http2 = http2;
    this.#onDrain = onDrain;
    call.sendMetadata(new Metadata());
    http2.on('drain', onDrain);
  }

  get hasRoom(): boolean {
    return this.#http2.writableLength < SINK_BYTES;
  }
  get isBehind(): boolean {
    return this.#bytes + this.#http2.writableLength > BEHIND_BYTES;
  }

  send(message: MessagePieces): void {
    const bytes = PREFIX_BYTES + bytesOf(message);
    if (bytes >= LARGE_BYTES) {
      this.flush();
      const frame = Buffer.allocUnsafe(bytes - message.events.length);
      writeFrame(frame, 0, message, NOTHING);
      this.#write(frame);
      this.#write(message.events);
      return;
    }
    this.#messages.push(message);
    this.#bytes += bytes;
    if (this.#bytes >= CHUNK_BYTES) this.flush();
    else this.#flushing ??= setImmediate(() => this.flush());
  }

  flush(): void {
    clearImmediate(this.#flushing);
    this.#flushing = undefined;
    if (this.#messages.length === 0) return;
    const chunk = Buffer.allocUnsafe(this.#bytes);
    let at = 0;
    for (const message of this.#messages) at = writeFrame(chunk, at, message, message.events);
    this.#messages = [];
    this.#bytes = 0;
    this.#write(chunk);
  }

  close(): void {
    clearImmediate(this.#flushing);
    this.#messages = [];
    this.#http2.off('drain', this.#onDrain);
  }

  #write(bytes: Uint8Array): void {
    const http2 = this.#http2;
    if (!http2.destroyed && !http2.writableEnded) http2.write(bytes);
  }
}

const NOTHING: Uint8Array = new Uint8Array(0);

const bytesOf = ({ header, fields, events }: MessagePieces): number =>
  header.length + fields.length + events.length;

/** The frame of a message up to where its events are, and those given. Returns its end. */
function writeFrame(
  target: Buffer,
  start: number,
  message: MessagePieces,
  events: Uint8Array,
): number {
  const { header, fields } = message;
  target[start] = 0;
  let at = target.writeUInt32BE(bytesOf(message), start + 1);
  target.set(header, at);
  at += header.length;
  target.set(fields, at);
  at += fields.length;
  target.set(events, at);
  return at + events.length;
}

class CallSink implements WatchSink {
  readonly #call: WatchCall;
  readonly #onDrain: () => void;

  constructor(call: WatchCall, onDrain: () => void) {
    this.#call = call;
    this.#onDrain = onDrain;
    call.on('drain', onDrain);
  }

  get hasRoom(): boolean {
    return !this.#call.writableNeedDrain;
  }
  get isBehind(): boolean {
    return this.#call.writableLength > 0;
  }

  send({ header, fields, events }: MessagePieces): void {
    if (this.#call.writable) this.#call.write(Buffer.concat([header, fields, events]));
  }

  flush(): void {}

  close(): void {
    this.#call.off('drain', this.#onDrain);
  }
}
