/**
 * Damage to the files of a store is found, or does no harm (see `verdict.ts` for what that means): byte
 * by byte and sector by sector in small stores, then anything in random ones.
 */
import { array, asyncProperty } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseOperation } from '../../spec/script-parser.ts';
import { type Damage, damage, inflict } from './damage.ts';
import type { DiskImage } from '../stores/disk-image.ts';
import { holds } from './replay.ts';
import { shrinkLimits } from '../stores/small-limits.ts';
import { judge, type Outcome } from './verdict.ts';
import { type Life, type Plan, plan, type Victim, victimOf } from './victim.ts';

shrinkLimits();

const FILE = 'harness/properties/corruption.property.test.ts';
const RUNS = 120;

/**
 * Two segments, overwrites, deletes, one key several times in a revision. The first segment ends with
 * two frames that share a sector: the second must not pass for the empty rest of the first one's.
 */
const PAST: readonly Life[] = [
  doing('put b v{1000}', 'put c w{600}', 'put d v{700}', 'put e w{800}', 'write: put d 1; put a 3'),
  doing('write: put a 4; delete b; put b 5; delete a', `put \\xff w{900}`, 'put c 6'),
  { event: 'idle' },
  doing('put last 7'),
];
const small: Record<string, Plan> = {
  'closed with a checkpoint': { life: PAST, end: 'closed', checkpointRecordsMin: 1 },
  'closed without one': { life: PAST, end: 'closed', checkpointRecordsMin: 1_000_000 },
  'killed when idle': {
    life: [...PAST, { event: 'idle' }],
    end: 'killed',
    checkpointRecordsMin: 1_000_000,
  },
};

describe.each(Object.entries(small))('a store that was %s', (_, plan) => {
  test('loses nothing to a byte that changes', async () => {
    const victim = await victimOf(plan);
    for (const [name, bytes] of victim.image) {
      for (const [offset, byte] of bytes.entries()) {
        // Every other byte: it takes long. Of empty space and of long values, fewer.
        if (offset % (byte === bytes[offset - 1] ? 64 : 2) !== 0) continue;
        const [damaged, what] = inflict(victim.image, flip(name, offset, 1 << ((offset >> 1) % 8)));
        const outcome = await verdict(victim, damaged, what, false);
        expect([outcome, what]).not.toEqual(['cut', what]);
      }
    }
  });

  test('is never misread when a frame or a sector is zeroed, or a file is cut', async () => {
    const victim = await victimOf(plan);
    for (const [name, bytes] of victim.image) {
      for (let offset = 0; offset < bytes.length; offset += 8) {
        if (offset % 128 !== 0 && !isFrame(bytes, offset)) continue;
        await verdict(victim, ...inflict(victim.image, { kind: 'cut', name, offset }));
        for (const length of [8, 512 - (offset % 512), 512]) {
          const zero: Damage = { kind: 'fill', name, offset, length, byte: 0 };
          await verdict(victim, ...inflict(victim.image, zero));
        }
      }
    }
  });
});

test('random damage to a random store is found or does no harm', async () => {
  const property = asyncProperty(plan, blows, async (plan, blows) => {
    const victim = await victimOf(plan);
    for (const several of blows) {
      let damaged = victim.image;
      const words: string[] = [];
      for (const aim of several) {
        const [next, what] = inflict(damaged, aim(damaged));
        damaged = next;
        words.push(what);
        if (damaged.size === 0) break;
      }
      await verdict(victim, damaged, words.join(', '));
    }
  });
  await holds('random damage', FILE, RUNS, property);
}, 600_000);

const blows = array(array(damage, { minLength: 1, maxLength: 2 }), {
  minLength: 1,
  maxLength: 20,
  size: 'max',
});

/** With the whole story if it went wrong. */
async function verdict(
  victim: Victim,
  damaged: DiskImage,
  how: string,
  goOn = true,
): Promise<Outcome> {
  try {
    return await judge(victim, damaged, goOn);
  } catch (error) {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    throw new Error([...victim.story, how, `  ${text}`].join('\n'), { cause: error });
  }
}

function doing(...lines: string[]): Life {
  return { event: 'do', operations: lines.map(parseOperation) };
}

function flip(name: string, offset: number, mask: number): Damage {
  return { kind: 'flip', name, offset, mask };
}

function isFrame(bytes: Uint8Array, offset: number): boolean {
  return Buffer.from(bytes.subarray(offset, offset + 4)).equals(Buffer.from('VFRM'));
}
