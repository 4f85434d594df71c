import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { ClientFrames } from './client-frames.ts';
import { coded, FLAG, frameOf, literal, plain, PREFACE, TYPE } from './raw-http2.testing.ts';

/** What a client sends, and what is to become of it. */
interface Sent {
  readonly bytes: Buffer;
  readonly wanted: Buffer;
}

const asItIs = (bytes: Buffer): Sent => ({ bytes, wanted: bytes });

const ACK = frameOf(TYPE.settings, FLAG.ack, 0);

const others: fc.Arbitrary<Sent> = fc
  .tuple(
    fc.integer({ min: 0, max: 255 }).filter((type) => type !== TYPE.headers),
    fc.nat({ max: 255 }),
    fc.nat({ max: 2 ** 31 - 1 }),
    fc.uint8Array({ maxLength: 40 }),
  )
  .map((parts) => asItIs(frameOf(...parts)))
  .filter(({ bytes }) => !bytes.subarray(0, 5).equals(ACK.subarray(0, 5)));

const values = fc.constantFrom('http://127.0.0.1:2379', 'https://1.2', '127.0.0.1:2379', '');

const headers: fc.Arbitrary<Sent> = fc
  .record({
    flags: fc.nat({ max: 255 }),
    stream: fc.nat({ max: 2 ** 31 - 1 }),
    padding: fc.nat({ max: 255 }),
    value: values,
    isCoded: fc.boolean(),
  })
  .map(({ flags, stream, padding, value, isCoded }) => {
    const block = (authority: Buffer): Buffer => {
      const isPadded = (flags & FLAG.padded) !== 0;
      const parts = [
        Buffer.from(isPadded ? [padding] : []),
        Buffer.alloc((flags & FLAG.priority) === 0 ? 0 : 5, 9),
        Buffer.of(0x83),
        literal('added', 1, authority),
        literal('notAdded', 'a', plain('b')),
        Buffer.alloc(isPadded ? padding : 0),
      ];
      return frameOf(TYPE.headers, flags, stream, Buffer.concat(parts));
    };
    const sent = block(isCoded && value !== '' ? coded(value) : plain(value));
    return { bytes: sent, wanted: value.includes('/') ? block(plain('etcd')) : sent };
  });

const ack: fc.Arbitrary<Sent> = fc.constant({ bytes: ACK, wanted: Buffer.alloc(0) });

const connections = fc
  .tuple(
    fc.array(fc.oneof(others, headers), { maxLength: 6 }),
    ack,
    fc.array(fc.oneof(others, headers), { maxLength: 6 }),
  )
  .map(([first, acknowledged, then]) => [asItIs(PREFACE), ...first, acknowledged, ...then]);

const through = (frames: ClientFrames, chunks: readonly Uint8Array[]): Buffer =>
  Buffer.concat(chunks.flatMap((chunk) => frames.push(chunk)));

function split(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const ends = [...new Set(cuts.map((cut) => cut % (bytes.length + 1))), bytes.length];
  ends.sort((a, b) => a - b);
  return ends.map((end, i) => bytes.subarray(ends[i - 1] ?? 0, end));
}

test('frames of all kinds, in any pieces: each leaves as it should', () => {
  fc.assert(
    fc.property(connections, fc.array(fc.nat(), { maxLength: 30 }), (sent, cuts) => {
      const bytes = Buffer.concat(sent.map((each) => each.bytes));
      const wanted = Buffer.concat(sent.map((each) => each.wanted));
      const frames = new ClientFrames();
      expect(through(frames, split(bytes, cuts))).toEqual(wanted);
      expect(frames.rest()).toHaveLength(0);
      expect([frames.isHttp2, frames.hasAcknowledged]).toEqual([true, true]);
      expect(frames.hasReplaced).toBe(!bytes.equals(wanted) && wanted.includes('etcd'));
    }),
    { numRuns: 150 },
  );
});

test('byte by byte', () => {
  fc.assert(
    fc.property(connections, (sent) => {
      const bytes = Buffer.concat(sent.map((each) => each.bytes));
      const single = Array.from(bytes, (byte) => Buffer.of(byte));
      expect(through(new ClientFrames(), single)).toEqual(through(new ClientFrames(), [bytes]));
    }),
    { numRuns: 100 },
  );
});

test('what has not left when a connection is cut is what is kept of it', () => {
  fc.assert(
    fc.property(connections, fc.nat(), (sent, cut) => {
      const bytes = Buffer.concat(sent.map((each) => each.bytes));
      const chunk = bytes.subarray(0, cut % (bytes.length + 1));
      const frames = new ClientFrames();
      const left = through(frames, [chunk]);
      const rest = frames.rest();
      expect(bytes.subarray(0, chunk.length).subarray(chunk.length - rest.length)).toEqual(rest);
      const wanted = Buffer.concat(sent.map((each) => each.wanted));
      const [, end] = [frames, bytes.subarray(chunk.length)];
      expect(Buffer.concat([left, through(frames, [end])])).toEqual(wanted);
    }),
    { numRuns: 100 },
  );
});

test('whoever speaks no HTTP/2 is told so at once, and loses no byte', () => {
  fc.assert(
    fc.property(fc.nat({ max: 23 }), fc.uint8Array(), fc.array(fc.nat()), (same, then, cuts) => {
      const bytes = Buffer.concat([PREFACE.subarray(0, same), Buffer.of(0), then]);
      const frames = new ClientFrames();
      expect(through(frames, split(bytes, cuts))).toEqual(bytes);
      expect([frames.isHttp2, frames.rest().length]).toEqual([false, 0]);
    }),
  );
  const waiting = new ClientFrames();
  expect(waiting.push(PREFACE.subarray(0, 23))).toEqual([]);
  expect(waiting.isHttp2).toBeUndefined();
});

test('any bytes: none is lost, but for an ack', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 50 })), (chunks) => {
      const frames = new ClientFrames();
      const left = through(frames, [PREFACE, ...chunks]);
      const missing = frames.hasAcknowledged ? ACK.length : 0;
      const sent = PREFACE.length + Buffer.concat(chunks).length;
      if (!frames.hasReplaced) expect(left.length + frames.rest().length).toBe(sent - missing);
    }),
    { numRuns: 500 },
  );
});

test('headers larger than Node takes are not held', () => {
  const large = frameOf(TYPE.headers, 0, 1, Buffer.alloc(16_385));
  const frames = new ClientFrames();
  const bytes = Buffer.concat([PREFACE, large.subarray(0, 5000)]);
  expect(through(frames, [bytes])).toEqual(bytes);
  expect([frames.hasSentOther, frames.hasSentHeaders, frames.rest().length]).toEqual([
    true,
    false,
    0,
  ]);
});
