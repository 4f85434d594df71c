/**
 * Kills and power cuts at any moment: `open` never refuses, what was acknowledged or shown is there, what
 * comes back is an unbroken beginning of what was written, and whole transactions only.
 */
import * as fc from 'fast-check';
import { afterAll, afterEach, expect } from 'vitest';
import { property } from '../base/property.testing.ts';
import type { Log } from './log.ts';
import {
  type FakeClock,
  FakeClock as Clock,
  openLog,
  put,
  resetLimits,
  shrinkLimits,
  transact,
} from './log.testing.ts';
import { Attached, PowerFs } from './power.testing.ts';
import { SegmentRewrite, type Survival } from './segment-rewrite.ts';

afterEach(resetLimits);

const EVERYTHING: Survival = {
  drops: () => false,
  keeps: () => true,
  placed: () => {},
};

const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      type: fc.constant('txn' as const),
      sizes: fc.array(fc.integer({ min: 0, max: 900 }), { minLength: 1, maxLength: 3 }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ type: fc.constant('commit' as const) }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('write' as const) }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('idle' as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant('rewrite' as const),
      share: fc.double({ min: 0, max: 0.99, noNaN: true }),
      syncs: fc.nat(3),
    }),
  },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('kill' as const) }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('power cut' as const) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('close' as const) }) },
);

/** What was written, by main revision, and how much of it must never be lost again. */
interface Model {
  lines: string[];
  safe: number;
}

class Session {
  fs: PowerFs = new PowerFs();
  log!: Log;
  clock!: FakeClock;
  readonly model: Model = { lines: [], safe: 0 };
  readonly #random: () => number;
  #process: Attached | undefined;
  #main = 1;

  constructor(random: () => number) {
    this.#random = random;
    this.open();
  }

  open(): void {
    this.#process?.cut();
    this.#process = new Attached(this.fs);
    this.clock = new Clock();
    const { log, found } = openLog(this.#process.fs, {
      clock: this.clock,
      sync: 'never',
      segmentSizeBytes: 4096,
      cacheSizeBytes: 3000,
      random: this.#random,
    });
    this.log = log;
    const { model } = this;
    expect(found.length).toBeGreaterThanOrEqual(model.safe);
    expect(found).toEqual(model.lines.slice(0, found.length));
    const next = model.lines[found.length];
    // Whole transactions: what is missing starts with another revision.
    if (next !== undefined && found.length > 0) {
      expect(next.split(' ')[0]).not.toBe(found.at(-1)!.split(' ')[0]);
    }
    model.lines = [...found];
    // Open shows it, so from here on it is durable.
    model.safe = found.length;
    this.#main = found.length === 0 ? 1 : Number(found.at(-1)!.split(' ')[0]);
  }

  txn(sizes: readonly number[]): void {
    const main = ++this.#main;
    const records = sizes.map((size, sub) => ({
      ...put(main, Buffer.alloc(size, 97 + (main % 26))),
      sub,
    }));
    transact(this.log, ...records);
    for (const { key, value } of records) {
      this.model.lines.push(`${main} ${key} ${value.toString()}`);
    }
  }

  commit(): void {
    this.log.commit.commitNow();
    this.model.safe = this.model.lines.length;
  }

  /** Written and not synced, as mode 'never' does. */
  write(): void {
    this.log.commit.request();
    this.clock.advance(1000);
  }

  /** Some sealed neighbours are rewritten, as far as `syncs` of its last steps go. */
  async rewrite(share: number, syncs: number): Promise<void> {
    this.commit();
    const { log } = this;
    const { sealed } = log;
    if (sealed.length === 0) return;
    const first = Math.floor(share * sealed.length);
    const sources = sealed.slice(first, first + 1 + (syncs % 3));
    const bytes = sources.reduce((sum, { tail }) => sum + tail, 0);
    const rewrite = new SegmentRewrite(log.set, sources, bytes);
    for (const _ of rewrite.copy(EVERYTHING));
    await rewrite.write(() => Promise.resolve());
    const steps = rewrite.swap();
    for (let step = 0; step < syncs; step++) {
      const { value, done } = steps.next();
      if (done === true) {
        for (const source of sources) void log.drop(source, true);
        return;
      }
      value.sync();
    }
    this.powerCut();
  }

  powerCut(): void {
    this.fs = this.fs.powerCut(this.#random);
    this.open();
  }
}

/** Segments come and go, so that files of dropped ones are used again. */
const turnover = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      type: fc.constant('txn' as const),
      sizes: fc.array(fc.integer({ min: 300, max: 900 }), { minLength: 1, maxLength: 3 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('commit' as const) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constant('rewrite' as const),
      share: fc.double({ min: 0, max: 0.99, noNaN: true }),
      syncs: fc.constant(3),
    }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('kill' as const) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('power cut' as const) }) },
);

property([fc.array(step, { maxLength: 40 }), fc.integer()], { numRuns: 300 })(
  'kills and power cuts lose nothing that was acknowledged',
  run,
);

let reused = 0;
property([fc.array(turnover, { minLength: 20, maxLength: 60 }), fc.integer()], { numRuns: 200 })(
  'nor while files are used again for other segments',
  run,
);
afterAll(() => expect(reused).toBeGreaterThan(100));

type Action = typeof step extends fc.Arbitrary<infer A> ? A : never;

async function run(steps: readonly Action[], seed: number): Promise<void> {
  shrinkLimits({
    segmentSizeBytesMin: 2048,
    zeroFillBytes: 1024,
    framePayloadBytesTarget: 256,
    spareShare: 1,
  });
  const session = new Session(randomOf(seed));
  for (const action of steps) {
    if (action.type === 'txn') session.txn(action.sizes);
    else if (action.type === 'commit') session.commit();
    else if (action.type === 'write') session.write();
    else if (action.type === 'rewrite') await session.rewrite(action.share, action.syncs);
    else if (action.type === 'idle') {
      session.commit();
      session.clock.advance(1000);
    } else if (action.type === 'power cut') session.powerCut();
    else if (action.type === 'close') {
      session.log.close();
      session.model.safe = session.model.lines.length;
      session.open();
    } else session.open();
    if (session.log.set.active.isReused) reused++;
  }
  session.powerCut();
  session.powerCut();
}

/** mulberry32 */
function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
