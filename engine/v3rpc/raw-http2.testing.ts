/** HTTP/2 by hand: frames as they are on the wire, and a client that sends what no library would. */
import type { Socket } from 'node:net';

export const PREFACE: Buffer = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
export const TYPE = { data: 0, headers: 1, reset: 3, settings: 4, ping: 6, goaway: 7 } as const;
export const FLAG = { ack: 1, endStream: 1, endHeaders: 4, padded: 8, priority: 0x20 } as const;

export function frameOf(
  type: number,
  flags: number,
  stream: number,
  payload: Uint8Array = Buffer.alloc(0),
): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

/** What a literal does to the table of headers: the bits that its first byte begins with, and those left. */
export const LITERAL = {
  added: { bits: 0x40, prefix: 6 },
  notAdded: { bits: 0x00, prefix: 4 },
  neverAdded: { bits: 0x10, prefix: 4 },
} as const;
export type Literal = keyof typeof LITERAL;

/** A header of a name that is in the table, or that is written out. */
export function literal(kind: Literal, name: number | string, value: Uint8Array): Buffer {
  const { bits, prefix } = LITERAL[kind];
  const [index, spelled] = typeof name === 'number' ? [name, []] : [0, [plain(name)]];
  const first = integer(index, prefix);
  first[0]! |= bits;
  return Buffer.concat([first, ...spelled, value]);
}

export function integer(value: number, prefix: number): Buffer {
  const mask = 2 ** prefix - 1;
  if (value < mask) return Buffer.of(value);
  const bytes = [mask];
  let rest = value - mask;
  for (; rest > 0x7f; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80);
  return Buffer.from([...bytes, rest]);
}

export const plain = (text: string): Buffer =>
  Buffer.concat([integer(Buffer.byteLength(text), 7), Buffer.from(text)]);

/** RFC 7541, appendix B: those that addresses are made of. */
const CODES: ReadonlyMap<string, string> = new Map(
  '0 00000  1 00001  2 00010  3 011001  4 011010  5 011011  6 011100  7 011101  8 011110  9 011111'
    .concat('  . 010111  : 1011100  / 011000  h 100111  t 01001  p 101011  s 01000')
    .split('  ')
    .map((code) => code.split(' ') as [string, string]),
);

export function coded(text: string): Buffer {
  const bits = Array.from(text, (char) => CODES.get(char)!).join('');
  const bytes = bits.match(/.{1,8}/g)!.map((byte) => Number.parseInt(byte.padEnd(8, '1'), 2));
  const length = integer(bytes.length, 7);
  length[0]! |= 0x80;
  return Buffer.concat([length, Buffer.from(bytes)]);
}

/** The headers of a call: method, scheme, path, the authority as it is given, what it is, what it takes. */
export const callHeaders = (path: string, authority: Uint8Array): Buffer =>
  Buffer.concat([
    Buffer.of(0x83, 0x86),
    literal('notAdded', 4, plain(path)),
    authority,
    literal('notAdded', 31, plain('application/grpc')),
    literal('notAdded', 'te', plain('trailers')),
  ]);

/** A message as gRPC frames it. */
export const messageOf = (bytes: Uint8Array): Buffer => {
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(bytes.length, 1);
  return Buffer.concat([prefix, bytes]);
};

export interface Frame {
  readonly type: number;
  readonly flags: number;
  readonly stream: number;
  readonly payload: Buffer;
}

/** Sends what it is told to, and tells what comes. It acknowledges nothing. */
export class RawHttp2 implements Disposable {
  readonly frames: Frame[] = [];
  readonly socket: Socket;
  isEnded = false;
  #bytes = Buffer.alloc(0);
  #waiting: (() => void)[] = [];

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (chunk: Buffer) => {
      this.#bytes = Buffer.concat([this.#bytes, chunk]);
      this.#take();
      this.#wake();
    });
    const end = (): void => {
      this.isEnded = true;
      this.#wake();
    };
    socket.on('end', end).on('close', end).on('error', end);
  }

  send(...bytes: readonly Uint8Array[]): void {
    this.socket.write(Buffer.concat(bytes));
  }

  /** The first of those that came or will come. */
  async frame(type: number, stream: number, flags = 0): Promise<Frame> {
    for (;;) {
      const found = this.frames.find(
        (each) => each.type === type && each.stream === stream && (each.flags & flags) === flags,
      );
      if (found !== undefined) return found;
      if (this.isEnded) throw new Error('the server hung up');
      await this.#more();
    }
  }

  async end(): Promise<void> {
    while (!this.isEnded) await this.#more();
  }

  #more(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
    });
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  #take(): void {
    for (;;) {
      const bytes = this.#bytes;
      if (bytes.length < 9) return;
      const end = 9 + bytes.readUIntBE(0, 3);
      if (bytes.length < end) return;
      const stream = bytes.readUInt32BE(5);
      this.frames.push({
        type: bytes[3]!,
        flags: bytes[4]!,
        stream,
        payload: bytes.subarray(9, end),
      });
      this.#bytes = bytes.subarray(end);
    }
  }

  [Symbol.dispose](): void {
    this.socket.destroy();
  }
}
