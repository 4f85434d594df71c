/**
 * Durable puts, one at a time: how much of the disk's own speed is left? The bare loops write as many
 * bytes as Varve does for one put (its frame, padded to the sector) and fdatasync, with nothing around.
 * On a growing file each sync writes metadata too; on one that was filled with zeros before it does not.
 */
import { closeSync, fdatasyncSync, fsyncSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { atLeast, type Figure, ratio } from '../figure.ts';
import { keyOf, valueOf, xorshift } from '../keys.ts';
import { benched, type Task } from '../rounds.ts';
import type { Bench, Suite } from '../suite.ts';

/** A frame with one record of a 16-byte key and a 256-byte value, padded to its sector. */
const PUT_BYTES = 512;
const ZERO_FILLED_BYTES = 64 * 1024 * 1024;
const GROWING = 'bare loop, growing';
const ZERO_FILLED = 'bare loop, zero-filled';

export const putOne: Suite = {
  name: 'put-one',
  title: 'durable put, one at a time',
  run: (bench) => bench.withStores(async (stores) => [await figure(bench, stores)]),
};

async function figure(
  bench: Bench,
  stores: Parameters<Parameters<Bench['withStores']>[0]>[0],
): Promise<Figure> {
  const { keys } = bench.options;
  const directory = bench.directory();
  const growing = new BareLoop(join(directory, 'growing'), 0);
  const zeroFilled = new BareLoop(join(directory, 'zero-filled'), ZERO_FILLED_BYTES);
  const tasks: Task[] = stores.map(({ name, store }) => {
    const random = xorshift();
    const run = (): Promise<unknown> => {
      const number = random(keys);
      return store.put(keyOf(number), valueOf(number));
    };
    return { by: name, run };
  });
  tasks.push({ by: GROWING, run: () => growing.put() });
  tasks.push({ by: ZERO_FILLED, run: () => zeroFilled.put() });
  const measurements = await benched(bench.options, tasks);
  growing.close();
  zeroFilled.close();
  bench.remove(directory);

  const varve = measurements[0]!;
  const bare = (name: string) => measurements.find(({ by }) => by === name)!;
  const ofZeroFilled = ratio(varve, bare(ZERO_FILLED)).toFixed(2);
  return {
    work: 'put, 1 in flight',
    unit: 'per second',
    better: 'more',
    measurements,
    goals: [
      atLeast(varve, 0.85, bare(GROWING), '>= 85 % of a bare write+fdatasync loop'),
      atLeast(varve, 0.85, bare(ZERO_FILLED), '  the same, on a zero-filled file'),
    ],
    note: `both bare loops write ${PUT_BYTES} bytes; Varve reaches ${ofZeroFilled} of the faster one`,
  };
}

class BareLoop {
  readonly #fd: number;
  readonly #wrapAt: number;
  readonly #bytes: Buffer = Buffer.alloc(PUT_BYTES, 'x');
  #at = 0;

  /** Filled with zeros up to `zeroBytes` and written over in circles; 0: grows for ever. */
  constructor(path: string, zeroBytes: number) {
    this.#fd = openSync(path, 'w');
    this.#wrapAt = zeroBytes === 0 ? Number.POSITIVE_INFINITY : zeroBytes;
    const zeros = Buffer.alloc(1024 * 1024);
    for (let at = 0; at < zeroBytes; at += zeros.length) {
      writeSync(this.#fd, zeros, 0, undefined, at);
    }
    fsyncSync(this.#fd);
  }

  put(): void {
    if (this.#at === this.#wrapAt) this.#at = 0;
    writeSync(this.#fd, this.#bytes, 0, PUT_BYTES, this.#at);
    fdatasyncSync(this.#fd);
    this.#at += PUT_BYTES;
  }

  close(): void {
    closeSync(this.#fd);
  }
}
