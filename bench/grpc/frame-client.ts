/**
 * A client that costs next to nothing, so that the server is what is measured: unary calls on one connection,
 * their HTTP/2 frames made beforehand and copied. Of answers it looks only at what is certain without
 * decoding headers: a call that ends without a message has failed.
 */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

const HEAD_BYTES = 9;
const FRAME = {
  data: 0,
  headers: 1,
  reset: 3,
  settings: 4,
  ping: 6,
  goAway: 7,
  window: 8,
} as const;
const END_STREAM = 1;
const END_HEADERS = 4;
const ACK = 1;
const INITIAL_WINDOW_SETTING = 4;

/** What a peer may send before it hears that more is welcome. */
const WINDOW_BYTES = 65_535;
const WINDOW_STEP_BYTES = 16 * 1024;

/** The frames of one call, for a stream that is not known yet. */
export interface Template {
  readonly bytes: Buffer;
  /** Where the number of the stream goes: in the head of either frame. */
  readonly streamAt: readonly [number, number];
  /** What the server counts against its window. */
  readonly dataBytes: number;
}

export interface Calls {
  readonly templates: readonly Template[];
  readonly inFlight: number;
  readonly goesOn: () => boolean;
}

export class FrameClient {
  readonly #socket: Socket;
  readonly #authority: string;
  /** Streams under way; true once their message has come. */
  readonly #streams = new Map<number, boolean>();
  #nextStream = 1;
  /** What the server still takes, and what it sent since it was last told to go on. */
  #sendWindow = WINDOW_BYTES;
  #taken = 0;
  #rest: Buffer = Buffer.alloc(0);
  #out: Buffer[] = [];
  #onEnd: () => void = () => {};
  #onError: (error: Error) => void = () => {};

  static async connect(url: string): Promise<FrameClient> {
    const { host, hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname);
    await once(socket, 'connect');
    return new FrameClient(socket.setNoDelay(true), host);
  }

  constructor(socket: Socket, authority: string) {
    this.#socket = socket;
    this.#authority = authority;
    socket.on('data', (chunk) => this.#receive(chunk));
    socket.on('error', (error) => this.#onError(error));
    socket.on('close', () => this.#onError(new Error('the server has closed the connection')));
    const window = Buffer.alloc(6);
    window.writeUInt16BE(INITIAL_WINDOW_SETTING, 0);
    window.writeUInt32BE(WINDOW_BYTES, 2);
    socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
    socket.write(frame(FRAME.settings, 0, 0, window));
  }

  templates(path: string, requests: readonly Buffer[]): Template[] {
    return requests.map((request) => templateOf(this.#authority, path, request));
  }

  /** So many at a time until `goesOn` says no; resolves with their number when the last one has ended. */
  async run({ templates, inFlight, goesOn }: Calls): Promise<number> {
    let sent = 0;
    await new Promise<void>((resolve, reject) => {
      this.#onError = reject;
      this.#onEnd = () => {
        while (this.#streams.size < inFlight) {
          const template = templates[sent % templates.length]!;
          if (template.dataBytes > this.#sendWindow || !goesOn()) break;
          this.#send(template);
          sent++;
        }
        if (this.#streams.size === 0) resolve();
      };
      this.#onEnd();
      this.#flush();
    });
    this.#onEnd = () => {};
    return sent;
  }

  close(): void {
    this.#onError = () => {};
    this.#socket.destroy();
  }

  #send({ bytes, streamAt, dataBytes }: Template): void {
    const stream = this.#nextStream;
    this.#nextStream += 2;
    const copy = Buffer.from(bytes);
    for (const at of streamAt) copy.writeUInt32BE(stream, at);
    this.#sendWindow -= dataBytes;
    this.#streams.set(stream, false);
    this.#out.push(copy);
  }

  #flush(): void {
    if (this.#out.length > 0) this.#socket.write(Buffer.concat(this.#out));
    this.#out = [];
  }

  #receive(chunk: Buffer): void {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    let at = 0;
    while (bytes.length - at >= HEAD_BYTES) {
      const end = at + HEAD_BYTES + bytes.readUIntBE(at, 3);
      if (end > bytes.length) break;
      const stream = bytes.readUInt32BE(at + 5) & 0x7fff_ffff;
      this.#take(bytes[at + 3]!, bytes[at + 4]!, stream, bytes.subarray(at + HEAD_BYTES, end));
      at = end;
    }
    this.#rest = bytes.subarray(at);
    this.#onEnd();
    this.#flush();
  }

  #take(type: number, flags: number, stream: number, payload: Buffer): void {
    if (type === FRAME.data) {
      this.#streams.set(stream, true);
      this.#welcomeMore(payload.length);
    } else if (type === FRAME.headers && (flags & END_STREAM) !== 0) {
      if (this.#streams.get(stream) === false) this.#onError(new Error('a call has failed'));
      this.#streams.delete(stream);
    } else if (type === FRAME.window && stream === 0) {
      this.#sendWindow += payload.readUInt32BE(0);
    } else if (type === FRAME.settings && (flags & ACK) === 0) {
      this.#out.push(frame(FRAME.settings, ACK, 0, Buffer.alloc(0)));
    } else if (type === FRAME.ping && (flags & ACK) === 0) {
      this.#out.push(frame(FRAME.ping, ACK, 0, payload));
    } else if (type === FRAME.goAway || (type === FRAME.reset && this.#streams.has(stream))) {
      this.#onError(new Error(`the server has given up: frame of type ${type}`));
    }
  }

  #welcomeMore(bytes: number): void {
    this.#taken += bytes;
    if (this.#taken < WINDOW_STEP_BYTES) return;
    const increment = Buffer.alloc(4);
    increment.writeUInt32BE(this.#taken);
    this.#out.push(frame(FRAME.window, 0, 0, increment));
    this.#taken = 0;
  }
}

function frame(type: number, flags: number, stream: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(HEAD_BYTES);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

function templateOf(authority: string, path: string, request: Buffer): Template {
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(request.length, 1);
  const message = Buffer.concat([prefix, request]);
  const headers = frame(FRAME.headers, END_HEADERS, 0, headerBlock(authority, path));
  const data = frame(FRAME.data, END_STREAM, 0, message);
  return {
    bytes: Buffer.concat([headers, data]),
    streamAt: [5, headers.length + 5],
    dataBytes: message.length,
  };
}

/** Names by their numbers in HPACK's static table where they have one; no value is to be remembered. */
function headerBlock(authority: string, path: string): Buffer {
  return Buffer.concat([
    Buffer.from([0x80 | 3, 0x80 | 6]), // :method POST, :scheme http
    Buffer.from([1]),
    textOf(authority),
    Buffer.from([4]),
    textOf(path),
    Buffer.from([15, 31 - 15]),
    textOf('application/grpc'),
    Buffer.from([0]),
    textOf('te'),
    textOf('trailers'),
  ]);
}

/** Shorter than 127 bytes. */
const textOf = (text: string): Buffer =>
  Buffer.concat([Buffer.from([text.length]), Buffer.from(text, 'latin1')]);
