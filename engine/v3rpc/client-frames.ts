/**
 * The bytes that a client sends, HTTP/2 frame by frame (RFC 9113, 4.1), as they come in: in pieces of any size.
 *
 *     │ preface │ length, 3 bytes │ type │ flags │ stream, 4 bytes │ payload │ length │ …
 *
 * All of them leave as they came, but for two: the first acknowledgement of settings, and headers whose
 * authority has a scheme. Only heads of frames and headers are ever held, until they are whole.
 */
import { withoutScheme } from './authority.ts';

const PREFACE: Uint8Array = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
const HEAD_BYTES = 9;
/** Of a frame that Node's HTTP/2 takes. */
const PAYLOAD_BYTES_MAX = 16_384;

const HEADERS = 1;
const PRIORITY = 2;
const SETTINGS = 4;
const WINDOW_UPDATE = 8;
const ACK = 0x01;
const PADDED = 0x08;
const HAS_PRIORITY = 0x20;
const PRIORITY_BYTES = 5;

type Piece = 'preface' | 'head' | 'headers';

export class ClientFrames {
  /** The client speaks HTTP/2; undefined until that is known. Else its bytes are left alone. */
  isHttp2: boolean | undefined;
  /** It acknowledged settings; that frame is left out. */
  hasAcknowledged = false;
  hasSentHeaders = false;
  /** A frame before the first headers that is no part of opening a connection. */
  hasSentOther = false;
  hasReplaced = false;
  #piece: Piece = 'preface';
  #held: Buffer = Buffer.alloc(PREFACE.length);
  #heldBytes = 0;
  /** Of a frame that is let through. */
  #passingBytes = 0;

  /** What leaves. */
  push(chunk: Uint8Array): Uint8Array[] {
    const leaving: Uint8Array[] = [];
    let at = 0;
    while (at < chunk.length) {
      if (this.isHttp2 === false) {
        leaving.push(chunk.subarray(at));
        break;
      }
      if (this.#passingBytes > 0) {
        const passing = chunk.subarray(at, at + this.#passingBytes);
        leaving.push(passing);
        this.#passingBytes -= passing.length;
        at += passing.length;
        continue;
      }
      const taken = chunk.subarray(at, at + this.#held.length - this.#heldBytes);
      this.#held.set(taken, this.#heldBytes);
      this.#heldBytes += taken.length;
      at += taken.length;
      const done = this.#advance();
      if (done !== undefined) leaving.push(done);
    }
    return leaving;
  }

  /** What came and has not left, since more is to follow. */
  rest(): Uint8Array {
    return Buffer.from(this.#held.subarray(0, this.#heldBytes));
  }

  #advance(): Uint8Array | undefined {
    const held = this.#held.subarray(0, this.#heldBytes);
    if (this.#piece === 'preface' && !held.equals(PREFACE.subarray(0, held.length))) {
      this.isHttp2 = false;
      this.#heldBytes = 0;
      return held;
    }
    if (held.length < this.#held.length) return undefined;
    switch (this.#piece) {
      case 'preface':
        this.isHttp2 = true;
        this.#await('head');
        return held;
      case 'head':
        return this.#head(held);
      case 'headers':
      default:
        this.hasSentHeaders = true;
        this.#await('head');
        return this.#headers(held);
    }
  }

  #head(head: Buffer): Uint8Array | undefined {
    const length = head.readUIntBE(0, 3);
    const [type, flags] = [head[3]!, head[4]!];
    if (type === HEADERS && length <= PAYLOAD_BYTES_MAX) {
      this.#await('headers', head, length);
      return this.#heldBytes === this.#held.length ? this.#advance() : undefined;
    }
    this.#await('head');
    if (type === SETTINGS && flags === ACK && length === 0 && !this.hasAcknowledged) {
      this.hasAcknowledged = true;
      return undefined;
    }
    if (type !== SETTINGS && type !== WINDOW_UPDATE && type !== PRIORITY) {
      this.hasSentOther ||= !this.hasSentHeaders;
    }
    this.#passingBytes = length;
    return head;
  }

  #await(piece: Piece, head: Buffer = NOTHING, bytes: number = HEAD_BYTES): void {
    this.#piece = piece;
    // What was held may have left: it is not written to again.
    this.#held = Buffer.alloc(head.length + bytes);
    this.#held.set(head);
    this.#heldBytes = head.length;
  }

  /** Before the headers there may be the length of the padding, and a priority. */
  #headers(frame: Buffer): Uint8Array {
    const flags = frame[4]!;
    const isPadded = (flags & PADDED) !== 0;
    const before = (isPadded ? 1 : 0) + ((flags & HAS_PRIORITY) === 0 ? 0 : PRIORITY_BYTES);
    const start = HEAD_BYTES + before;
    const end = frame.length - (isPadded ? (frame[HEAD_BYTES] ?? 0) : 0);
    const block = end > start ? withoutScheme(frame.subarray(start, end)) : undefined;
    if (block === undefined) return frame;
    this.hasReplaced = true;
    const replaced = Buffer.concat([frame.subarray(0, start), block, frame.subarray(end)]);
    replaced.writeUIntBE(replaced.length - HEAD_BYTES, 0, 3);
    return replaced;
  }
}

const NOTHING: Buffer = Buffer.alloc(0);
