/** The revision table against a plain list, and KeyValue messages against bytes built by hand. */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { property } from '../base/property.testing.ts';
import { decodeKeyValue, encodeKeyValue } from './key-value-message.ts';
import { CHUNK_ORDINALS } from './revision-chunk.ts';
import { applyRemovals, encodeRemovals } from './removals.ts';
import { RevisionTable } from './revision-table.ts';

const gaps = fc.array(
  fc.oneof(
    { weight: 5, arbitrary: fc.constant(1) },
    { weight: 1, arbitrary: fc.nat(3) },
    { weight: 1, arbitrary: fc.nat(2 ** 40) },
  ),
  { maxLength: 60 },
);

property([gaps, fc.array(fc.maxSafeNat())])(
  'floor is what a linear scan finds',
  (steps, probes) => {
    const table = new RevisionTable();
    const mains: number[] = [];
    let [main, sub] = [1, -1];
    for (const step of steps) {
      sub = step === 0 ? sub + 1 : 0;
      main += step;
      mains.push(main);
      expect(table.append(main, sub, false, 0, 0, 9)).toBe(mains.length - 1);
    }
    for (const probe of [...probes, -1, 0, ...mains, ...mains.map((some) => some - 1), main + 1]) {
      expect(table.floor(probe)).toBe(mains.findLastIndex((some) => some <= probe));
    }
  },
);

test('columns carry everything over, whatever the length', () => {
  for (const count of [
    0,
    1,
    CHUNK_ORDINALS - 1,
    CHUNK_ORDINALS,
    CHUNK_ORDINALS + 1,
    2 * CHUNK_ORDINALS,
  ]) {
    const table = new RevisionTable();
    for (let i = 0; i < count; i++) {
      table.append(2 + 2 * i, i % 2, i % 3 === 0, i % 7, i * 10, 60 * i);
    }
    if (count > 0) table.kill(count - 1, false);
    const copy = new RevisionTable();
    for (const columns of table.columns(count)) copy.restore(columns, count);
    copy.restoreLargeSizes(table.largeSizes());
    expect([copy.count, copy.lastMain]).toEqual([table.count, table.lastMain]);
    for (let i = 0; i < count; i += 97) {
      for (const read of [
        'mainOf',
        'subOf',
        'slotOf',
        'placeOf',
        'sizeOf',
        'isTombstone',
        'isDead',
      ] as const) {
        expect(copy[read](i)).toBe(table[read](i));
      }
    }
    copy.append(2 * count + 5, 0, false, 0, 0, 1);
    expect(() => copy.append(2 * count + 5, 0, false, 0, 0, 1)).toThrowError(/after/);
    copy.truncate(0);
    expect([copy.count, copy.lastMain, copy.floor(9)]).toEqual([0, 0, -1]);
  }
});

const fates = fc.array(fc.constantFrom('alive', 'dead', 'gone'), { minLength: 1, maxLength: 300 });

property([fates, gaps, fc.nat(2)])(
  'what is gone leaves the columns; everything left answers as before, and floor is right',
  (pattern, steps, spread) => {
    const table = new RevisionTable();
    const rows: { main: number; sub: number; fate: string }[] = [];
    let [main, sub] = [1, -1];
    for (let i = 0; i < 2 * CHUNK_ORDINALS + 5; i++) {
      const step = steps.length === 0 ? 1 : steps[i % steps.length]!;
      sub = step === 0 ? sub + 1 : 0;
      main += step;
      rows.push({ main, sub, fate: pattern[Math.floor(i / (1 + spread)) % pattern.length]! });
      table.append(main, sub, false, 1, i, 100);
    }
    for (const [at, { fate }] of rows.entries()) if (fate !== 'alive') table.kill(at, false);
    for (const [at, { fate }] of rows.entries()) if (fate === 'gone') table.forget(at);
    // Once more, in runs that lie in one chunk: what is gone is passed over.
    for (let at = 0; at < rows.length; at++) {
      let end = at;
      while (end < rows.length && rows[end]!.fate === 'gone') end++;
      const last = Math.min(end - 1, at | (CHUNK_ORDINALS - 1));
      if (last >= at) table.forget(at, last);
      at = Math.max(at, last);
    }
    const copy = new RevisionTable();
    for (const columns of table.columns(table.count)) copy.restore(columns, table.count);
    for (const each of [table, copy]) {
      const left = rows.flatMap(({ fate }, at) => (fate === 'gone' ? [] : [at]));
      const seen: number[] = [];
      for (let at = each.nextLeft(0); at < each.count; at = each.nextLeft(at + 1)) seen.push(at);
      expect(seen).toEqual(left);
      const isWrong = (row: (typeof rows)[number], at: number): boolean =>
        each.isDead(at) !== (row.fate !== 'alive') ||
        each.isGone(at) !== (row.fate === 'gone') ||
        (row.fate !== 'gone' &&
          (each.mainOf(at) !== row.main || each.subOf(at) !== row.sub || each.placeOf(at) !== at));
      // One expectation for all: one each would take minutes.
      expect(rows.findIndex(isWrong)).toBe(-1);
      for (const probe of [0, 2, rows[7]!.main, rows[CHUNK_ORDINALS]!.main - 1, main]) {
        const floor = each.floor(probe);
        const isBelow = (at: number): boolean => rows[at]!.main <= probe;
        expect(left.every((at) => isBelow(at) === at <= floor)).toBe(true);
      }
    }
  },
);

property([fates, gaps])('removals written down and applied kill the same', (pattern, steps) => {
  const tables = [new RevisionTable(), new RevisionTable()] as const;
  let [main, sub] = [1, -1];
  for (let i = 0; i < CHUNK_ORDINALS + 300; i++) {
    const step = steps.length === 0 ? 1 : steps[i % steps.length]!;
    sub = step === 0 ? sub + 1 : 0;
    main += step;
    for (const table of tables) {
      table.append(main, sub, false, 1, i, 100);
      // Some were dead before.
      if (pattern[i % pattern.length] === 'gone') table.kill(i, false);
    }
    if (pattern[i % pattern.length] === 'dead') tables[0].kill(i, true);
  }
  const buried = new Set<number>();
  const writing = encodeRemovals(tables[0], (at) => buried.add(at));
  let step = writing.next();
  while (step.done !== true) step = writing.next();
  applyRemovals(tables[1], step.value, (at) => tables[1].kill(at, false));
  for (let at = 0; at < tables[0].count; at++) {
    const isDead = tables[0].isDead(at);
    if (tables[1].isDead(at) !== isDead || tables[0].isBuried(at) !== isDead) {
      expect.fail(`ordinal ${at} differs, or is still fresh`);
    }
    // Told of once: those that were dead before have been told of.
    const wasFresh = pattern[at % pattern.length] === 'dead';
    if (buried.has(at) !== wasFresh) expect.fail(`of ordinal ${at} it told wrongly`);
  }
});

const hex = (message: Parameters<typeof encodeKeyValue>[0]): string =>
  Buffer.from(encodeKeyValue(message)).toString('hex');

test('R7 golden bytes', () => {
  const value = new Uint8Array(Buffer.from('bar'));
  const zero = { key: 'foo', create: 0, mod: 0, version: 0, value: new Uint8Array(0), lease: 0n };
  expect(hex(zero)).toBe('0a03666f6f');
  expect(hex({ ...zero, create: 2, mod: 300, version: 1, value, lease: 5n })).toBe(
    '0a03666f6f100218ac0220012a036261723005',
  );
  expect(hex({ ...zero, lease: -1n })).toBe('0a03666f6f30ffffffffffffffffff01');
  const long = Buffer.from(encodeKeyValue({ ...zero, value: new Uint8Array(200) }));
  expect(long.subarray(5, 8).toString('hex')).toBe('2ac801');
});

property([
  fc.record({
    key: fc
      .uint8Array({ minLength: 1, maxLength: 200 })
      .map((bytes) => Buffer.from(bytes).toString('latin1')),
    create: fc.maxSafeNat(),
    mod: fc.maxSafeNat(),
    version: fc.maxSafeNat(),
    value: fc.uint8Array({ maxLength: 300 }).map((bytes) => new Uint8Array(bytes)),
    lease: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  }),
])('a message comes back; cut anywhere it is another one or refused with a type', (message) => {
  const bytes = encodeKeyValue(message);
  expect(decodeKeyValue(bytes)).toEqual(message);
  for (let cut = 0; cut < bytes.length; cut += 7) {
    try {
      decodeKeyValue(bytes.subarray(0, cut));
    } catch (error) {
      expect(error).toMatchObject({ code: 'ERR_INVALID_ARGUMENT' });
    }
  }
});
