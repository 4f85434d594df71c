/**
 * How a connection begins, and which way its bytes go from then on. Whoever comes is greeted with settings
 * (none: those that count follow), since many clients ask nothing before they have seen the server's:
 *
 *     client    preface, settings             ack, headers, …
 *     server                        settings                   settings, …
 *                                   ours                       those of Node's HTTP/2
 *
 * When its first headers are here, nearly every connection becomes Node's as if nothing had been read of it,
 * but for the ack: of a greeting that Node knows nothing of. One whose authority has a scheme, or that begins
 * in a way that is not foreseen here, is read through a filter for as long as it lasts.
 */
import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { ClientFrames } from './client-frames.ts';

/** An empty frame of settings. */
const GREETING: Uint8Array = Buffer.of(0, 0, 0, 4, 0, 0, 0, 0, 0);
/** A client that asked at once has this long to acknowledge the greeting before it gets a filter. */
const PATIENCE_MS = 1000;
/** Held of a connection that has not begun: more than a client may send before it is heard. */
const BEGINNING_BYTES_MAX = 128 * 1024;

export type Inject = (connection: Duplex) => void;

/** Those that have not begun. */
export class Beginnings {
  readonly #inject: Inject;
  readonly #sockets = new Set<Socket>();

  constructor(inject: Inject) {
    this.#inject = inject;
  }

  get size(): number {
    return this.#sockets.size;
  }

  admit(socket: Socket): void {
    this.#sockets.add(socket);
    const forget = (): void => void this.#sockets.delete(socket);
    socket.once('close', forget);
    new Beginning(socket, (connection) => {
      socket.off('close', forget);
      forget();
      this.#inject(connection);
    }).start();
  }

  destroy(): void {
    for (const socket of this.#sockets) socket.destroy();
  }
}

class Beginning {
  readonly #socket: Socket;
  readonly #inject: Inject;
  readonly #frames = new ClientFrames();
  #received: Uint8Array[] = [];
  #receivedBytes = 0;
  #isGreeted = false;
  #patience: NodeJS.Timeout | undefined;

  constructor(socket: Socket, inject: Inject) {
    this.#socket = socket;
    this.#inject = inject;
  }

  start(): void {
    this.#socket.on('data', this.#receive).on('close', this.#stop).on('error', ignore);
  }

  readonly #receive = (chunk: Uint8Array): void => {
    const frames = this.#frames;
    for (const bytes of frames.push(chunk)) {
      this.#received.push(bytes);
      this.#receivedBytes += bytes.length;
    }
    if (frames.isHttp2 === undefined) return;
    if (!frames.isHttp2) {
      this.#handOver();
      return;
    }
    if (!this.#isGreeted) this.#socket.write(GREETING);
    this.#isGreeted = true;
    const isUnforeseen = frames.hasSentOther || this.#receivedBytes > BEGINNING_BYTES_MAX;
    if (isUnforeseen || frames.hasReplaced) this.#filter();
    else if (frames.hasSentHeaders && frames.hasAcknowledged) this.#handOver();
    else if (frames.hasSentHeaders) {
      this.#patience ??= setTimeout(() => this.#filter(), PATIENCE_MS);
    }
  };

  readonly #stop = (): void => {
    clearTimeout(this.#patience);
    this.#socket.off('data', this.#receive).off('close', this.#stop).off('error', ignore);
    this.#socket.pause();
  };

  #handOver(): void {
    this.#stop();
    const bytes = Buffer.concat([...this.#received, this.#frames.rest()]);
    if (bytes.length > 0) this.#socket.unshift(bytes);
    this.#inject(this.#socket);
  }

  #filter(): void {
    this.#stop();
    this.#inject(filtered(this.#socket, this.#frames, this.#received));
  }
}

const ignore = (): void => undefined;

/** The socket, as one reads it that does not see what `frames` leaves out or replaces. */
function filtered(socket: Socket, frames: ClientFrames, received: readonly Uint8Array[]): Duplex {
  const connection = new Duplex({
    read: () => void socket.resume(),
    write: (chunk: Uint8Array, _, callback) => void socket.write(chunk, callback),
    writev: (chunks, callback) => {
      const bytes = chunks.map(({ chunk }) => chunk as Uint8Array);
      socket.write(Buffer.concat(bytes), callback);
    },
    final: (callback) => void socket.end(callback),
    destroy: (error, callback) => {
      socket.destroy();
      callback(error);
    },
  });
  const push = (bytes: readonly Uint8Array[]): void => {
    for (const each of bytes) if (!connection.push(each)) socket.pause();
  };
  socket.on('data', (chunk: Uint8Array) => push(frames.push(chunk)));
  socket.on('end', () => void connection.push(null));
  socket.on('close', () => void connection.destroy());
  socket.on('error', ignore);
  // HTTP/2 has its own ear for it, while it lasts.
  connection.on('error', ignore);
  push(received);
  return connection;
}
