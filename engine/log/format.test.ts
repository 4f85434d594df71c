/** Headers, records, metadata, manifest and checkpoint file: round trips, and damage to any byte. */
import { crc32 } from 'node:zlib';
import * as fc from 'fast-check';
import { Packr } from 'msgpackr';
import { describe, expect, test } from 'vitest';
import { property } from '../base/property.testing.ts';
import { CheckpointWriter, readCheckpoint } from './checkpoint-file.ts';
import {
  decodeSegmentHeader,
  encodeSegmentHeader,
  FRAME_HEADER_BYTES,
  type FrameHeader,
  readFrameHeader,
  segmentSalt,
  type Window,
  writeFrameHeader,
} from './format.ts';
import { DIRECTORY, edited, emptyFs, fsOf, type Image, imageOf } from './log.testing.ts';
import { decodeManifest, encodeManifest, type Manifest } from './manifest.ts';
import { decodeMetadata, encodeMetadata, METADATA_BYTES_MAX } from './metadata.ts';
import { encodeRecord, type RecordFields, RecordView, recordBytesMax } from './record.ts';

const STORE = '0123456789abcdef';

const old = (body: string): Manifest =>
  decodeManifest(`varve-manifest 1 ${crc32(body).toString(16).padStart(8, '0')}\n${body}\n`, 'M');

function windowOf(buffer: Buffer, base = 0): Window {
  return { buffer, data: new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength), base };
}

describe('segment header', () => {
  const header = { id: 7, storeId: STORE, capacityBytes: 1 << 26 };
  const sector = encodeSegmentHeader(header);
  test('round trip', () => expect(decodeSegmentHeader(sector)).toEqual({ ...header, version: 2 }));
  test('damage of every byte is detected', () => {
    for (let at = 0; at < 32; at++) {
      const damaged = Buffer.from(sector);
      damaged[at]! ^= 1;
      expect(decodeSegmentHeader(damaged)).toBeUndefined();
    }
  });
});

describe('frame', () => {
  const header: FrameHeader = {
    length: 21,
    recordCount: 2,
    sequence: 2 ** 40 + 5,
    durableSequence: 2 ** 40 + 4,
    firstRevision: 2 ** 52 + 1,
    kind: 1,
  };
  const salt = segmentSalt(STORE, 3);
  const frame = Buffer.alloc(FRAME_HEADER_BYTES + 21, 0x61);
  writeFrameHeader(windowOf(frame, 1024), 1024, salt, header);
  const read = (bytes: Buffer, at = 1024, seed = salt): FrameHeader | undefined =>
    readFrameHeader(windowOf(bytes, at), at, at + bytes.length, seed);

  test('round trip', () => expect(read(frame)).toEqual(header));
  test('damage of every byte is detected, and a cut', () => {
    for (let at = 0; at < frame.length; at++) {
      const damaged = Buffer.from(frame);
      damaged[at]! ^= 0x10;
      expect(read(damaged), `byte ${at}`).toBeUndefined();
      expect(read(frame.subarray(0, at))).toBeUndefined();
    }
  });
  test('another place, segment or store is detected', () => {
    expect(read(frame, 1032)).toBeUndefined();
    expect(read(frame, 1024, segmentSalt(STORE, 4))).toBeUndefined();
    expect(read(frame, 1024, segmentSalt('0123456789abcdee', 3))).toBeUndefined();
  });
  test('a frame cannot claim itself', () => {
    const claims = { ...header, durableSequence: header.sequence };
    expect(() => writeFrameHeader(windowOf(frame, 1024), 1024, salt, claims)).toThrowError(
      /claims itself/,
    );
  });
});

const widths = [
  1,
  2,
  127,
  128,
  255,
  256,
  65535,
  65536,
  2 ** 31,
  2 ** 32 - 1,
  2 ** 32,
  2 ** 40,
  2 ** 53 - 1,
];
const integer = fc.oneof(
  fc.constantFrom(...widths),
  fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
);
const lease = fc.oneof(
  fc.constantFrom(0n, 1n, -1n, 2n ** 53n + 1n, 2n ** 63n - 1n, -(2n ** 63n)),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
);

describe('metadata', () => {
  const packr = new Packr({ useRecords: false, int64AsType: 'bigint' });
  property([integer, integer, lease])(
    'is what msgpackr packs, and comes back',
    (create, version, id) => {
      const target = Buffer.alloc(METADATA_BYTES_MAX + 10, 0xee);
      const length = encodeMetadata(target, 5, create, version, id);
      expect(length).toBeLessThanOrEqual(METADATA_BYTES_MAX);
      expect(target.subarray(5, 5 + length)).toEqual(
        packr.pack([create, version, id === 0n ? 0 : id]),
      );
      expect(target[5 + length]).toBe(0xee);
      const into = { create: 0, version: 0, lease: 5n };
      decodeMetadata(target, 5, length, into);
      expect(into).toEqual({ create, version, lease: id });
    },
  );
  test.each([5, 300, 2 ** 40])(
    'a small lease packed as a plain number (%d) is understood',
    (id) => {
      const packed = packr.pack([3, 2, id]);
      const into = { create: 0, version: 0, lease: 0n };
      decodeMetadata(Buffer.from(packed), 0, packed.length, into);
      expect(into).toEqual({ create: 3, version: 2, lease: BigInt(id) });
    },
  );
});

describe('record', () => {
  const latin1 = fc
    .uint8Array({ maxLength: 20 })
    .map((bytes) => Buffer.from(bytes).toString('latin1'));
  const value = fc.oneof(
    fc.uint8Array({ maxLength: 50 }),
    fc.string({ unit: 'binary' }),
    fc.string({ unit: 'binary', minLength: 1024, maxLength: 1100 }),
  );
  const record: fc.Arbitrary<RecordFields> = fc.record({
    bucket: fc.nat(255),
    kind: fc.constantFrom(1, 2, 3, 4),
    main: fc.maxSafeNat(),
    sub: fc.nat(0xffff_ffff),
    key: latin1,
    value,
    create: fc.oneof(fc.constant(0), integer),
    version: integer,
    lease,
  });
  property([record])('round trip, within the size announced', (fields) => {
    const most = recordBytesMax(fields);
    const { buffer, data } = windowOf(Buffer.alloc(most + 20, 0xee));
    const end = encodeRecord(buffer, data, 10, fields);
    expect(end - 10).toBeLessThanOrEqual(most);
    expect(buffer[end]).toBe(0xee);
    const view = Object.assign(new RecordView(buffer, data), { at: 10 });
    view.readMetadata();
    const { bucket, kind, main, sub } = fields;
    expect(view).toMatchObject({ bucket, kind, main, sub, end });
    expect(view.key()).toBe(fields.key);
    expect(Buffer.compare(view.value(), Buffer.from(fields.value as string))).toBe(0);
    const without = { create: 0, version: 0, lease: 0n };
    const { create, version, lease: id } = fields.create > 0 ? fields : without;
    expect([view.create, view.version, view.lease]).toEqual([create, version, id]);
  });
});

describe('manifest', () => {
  const manifest: Manifest = {
    storeId: STORE,
    nextSegmentId: 3,
    segments: [
      {
        id: 1,
        capacityBytes: 4096,
        sealed: { lengthBytes: 1024, firstSequence: 1, lastSequence: 1 },
      },
      { id: 2, capacityBytes: 8192, firstSequence: 2 },
    ],
  };
  const text = encodeManifest(manifest);
  test('round trip', () => expect(decodeManifest(text, 'M')).toEqual(manifest));
  test('an unknown version is named', () => {
    const code = 'ERR_INVALID_ARGUMENT';
    expect(() => decodeManifest(text.replace('manifest 2', 'manifest 3'), 'M')).toThrowError(
      expect.objectContaining({
        code,
        message: expect.stringMatching(/^M: format version 3/) as string,
      }) as Error,
    );
  });
  test('version 1 is read: the active segment follows what is sealed, or begins the log', () => {
    const { segments, ...rest } = manifest;
    const [sealed, { firstSequence: _, ...active }] = segments as [
      object,
      { firstSequence: number },
    ];
    const one = { ...rest, firstSequence: 1, segments: [sealed, active] };
    expect(old(JSON.stringify(one))).toEqual(manifest);
    const rewritten = { ...rest, firstSequence: 7, segments: [active] };
    expect(old(JSON.stringify(rewritten)).segments[0]!.firstSequence).toBe(7);
  });
  test('damage of every byte is refused with a type', () => {
    for (let at = 0; at < text.length - 1; at++) {
      const damaged = Buffer.from(text);
      damaged[at]! ^= 4;
      const code = expect.stringMatching(/^ERR_(CORRUPT|INVALID_ARGUMENT)$/) as string;
      expect(() => decodeManifest(damaged.toString(), 'M'), `byte ${at}`).toThrowError(
        expect.objectContaining({ code }) as Error,
      );
      expect(() => decodeManifest(text.slice(0, at), 'M')).toThrowError(
        expect.objectContaining({ code }) as Error,
      );
    }
  });
});

test('checkpoint file: round trip; damaged, cut or of another store it is ignored', () => {
  const fs = emptyFs();
  const writer = new CheckpointWriter(fs, DIRECTORY, STORE);
  const chunks = [1, 2, 2, 3].map((section, i) => ({
    section,
    bytes: Buffer.alloc(i * 9, 65 + i),
  }));
  for (const chunk of chunks) writer.add(chunk);
  writer.finish();
  expect(readCheckpoint(fs, DIRECTORY, STORE)).toEqual(chunks);
  expect(readCheckpoint(fs, DIRECTORY, 'ffffffffffffffff')).toBeUndefined();
  const image = imageOf(fs);
  const bytes = image.get('CHECKPOINT')!;
  for (let at = 0; at < bytes.length; at++) {
    const damaged = edited(image, 'CHECKPOINT', (copy) => void (copy[at]! ^= 2));
    expect(readCheckpoint(fsOf(damaged), DIRECTORY, STORE), `byte ${at}`).toBeUndefined();
    const cut = edited(image, 'CHECKPOINT', (copy) => copy.subarray(0, at));
    expect(readCheckpoint(fsOf(cut), DIRECTORY, STORE)).toBeUndefined();
  }
});

test('checkpoint file: a chunk of an older one, in its old place, makes it void', () => {
  const written = (word: string): Image => {
    const fs = emptyFs();
    const writer = new CheckpointWriter(fs, DIRECTORY, STORE);
    for (const text of ['state', word, 'index']) {
      writer.add({ section: 1, bytes: Buffer.from(text.padEnd(500, '.')) });
    }
    writer.finish();
    return imageOf(fs);
  };
  const older = written('older').get('CHECKPOINT')!;
  const image = written('newer');
  const [first, second] = [20 + 512, 20 + 1024];
  const stale = edited(image, 'CHECKPOINT', (copy) => {
    copy.set(older.subarray(first, second), first);
  });
  expect(readCheckpoint(fsOf(image), DIRECTORY, STORE)).toHaveLength(3);
  expect(readCheckpoint(fsOf(stale), DIRECTORY, STORE)).toBeUndefined();
});
