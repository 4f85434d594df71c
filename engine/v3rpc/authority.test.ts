import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { withoutScheme } from './authority.ts';
import { coded, type Literal, literal, plain } from './raw-http2.testing.ts';

const KINDS: readonly Literal[] = ['added', 'notAdded', 'neverAdded'];

test('an authority with a scheme is replaced, however it is written', () => {
  for (const address of ['http://127.0.0.1:2379', 'https://127.0.0.1:2379', 'http://1']) {
    for (const kind of KINDS) {
      for (const value of [plain(address), coded(address)]) {
        const [before, after] = [Buffer.of(0x83, 0x86), literal(kind, 4, plain('/a'))];
        const block = Buffer.concat([before, literal(kind, 1, value), after]);
        const wanted = Buffer.concat([before, literal(kind, 1, plain('etcd')), after]);
        expect(withoutScheme(block), `${kind} ${address}`).toEqual(wanted);
      }
    }
  }
});

test('the Huffman code is that of RFC 7541 (C.6.1)', () => {
  const value = Buffer.from('919d29ad171863c78f0b97c8e9ae82ae43d3', 'hex');
  expect(withoutScheme(literal('added', 1, value))).toEqual(literal('added', 1, plain('etcd')));
  // C.4.1: www.example.com.
  const other = Buffer.from('8cf1e3c2e5f23a6ba0ab90f4ff', 'hex');
  expect(withoutScheme(literal('added', 1, other))).toBeUndefined();
});

test('all others are left alone', () => {
  const url = plain('http://a:1');
  const blocks = [
    Buffer.alloc(0),
    literal('added', 1, plain('127.0.0.1:2379')),
    literal('added', 1, coded('127.0.0.1:2379')),
    literal('added', 1, plain('http')),
    literal('added', 1, plain('http:/')),
    literal('added', 1, coded('http:')),
    literal('added', 1, plain('')),
    // Of another name, and one that is spelled out.
    literal('added', 46, url),
    literal('added', 'origin', url),
    literal('notAdded', ':authority', url),
    // An index into the table, and a table that becomes smaller.
    Buffer.of(0x81, 0xc1, 0x3f, 0xe1, 0x1f),
    // Those of a cut-off block.
    literal('added', 1, url).subarray(0, 5),
    literal('added', 1, url).subarray(0, 1),
    Buffer.of(0x41, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff),
    Buffer.of(0x40),
  ];
  for (const block of blocks) expect(withoutScheme(block), block.toString('hex')).toBeUndefined();
});

test('it is found behind headers of every kind, and before one that is cut off', () => {
  const url = plain('http://a:1');
  const long = plain('x'.repeat(1000));
  const before = Buffer.concat([
    Buffer.of(0x3f, 0xe1, 0x1f, 0xff, 0x40),
    literal('notAdded', 200, long),
    literal('added', 'name', long),
    literal('neverAdded', 'a', plain('')),
  ]);
  const after = literal('added', 4, long).subarray(0, 700);
  expect(withoutScheme(Buffer.concat([before, literal('added', 1, url), after]))).toEqual(
    Buffer.concat([before, literal('added', 1, plain('etcd')), after]),
  );
});

test('any bytes: nothing is thrown, and what is replaced becomes no longer', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (block) => {
      const replaced = withoutScheme(block);
      if (replaced !== undefined) expect(replaced.length).toBeLessThan(block.length);
    }),
    { numRuns: 2000 },
  );
});
