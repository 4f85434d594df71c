/** Places that are none: every part says so, and what one looks like. */
import { describe, expect, test } from 'vitest';
import { type PartName, type PartResult, PlaceError } from '../crash/part.ts';
import { shrinkLimits } from '../stores/small-limits.ts';
import { PARTS } from './parts.ts';

shrinkLimits();

const run = (part: PartName, at: string): Promise<PartResult> =>
  PARTS.get(part)!.part.run({ seed: 1, run: 0, at });

describe.each([
  ['states', 'nonsense', 'a place looks like 0.3.4@17:0.2.1/3:1, not "nonsense"'],
  ['states', '0@', 'a place looks like 17:0.2.1 or 17:0.2.1/3:1, not ""'],
  ['states', '0@17:x', 'not "17:x"'],
  ['states', '99@17:', 'this run has the steps 0 to '],
  ['states', '1.0@17:', 'and not 1.0'],
  ['states', '0@99999:', /crashes are at operations 0 to \d+, not 99999/],
  ['states', '0@0:7.7.7', 'places at that operation are 0: to 0:, not 0:7.7.7'],
  ['states', '0@0:/99999:', /crashes are at operations 0 to \d+ of the recovery, not 99999/],
  ['states', '0@0:/0:/0:5', 'of the recovery are 0: to 0:, not 0:5'],
  ['faults', 'nonsense', 'a place looks like life/write:3+=ENOSPC/power'],
  ['faults', 'life/write:3=EIO', 'not "life/write:3=EIO"'],
  ['faults', 'life/write:3=EIO/power/more', 'a place looks like'],
  ['faults', 'life/write:3=EWHAT/power', 'at character 8: found EWHAT'],
  ['faults', 'life//power', 'has one fault, not ""'],
  ['faults', 'life/write:1=EIO,read:1=EIO/power', 'has one fault, not "write:1=EIO,read:1=EIO"'],
  ['faults', 'life/write:99999=EIO/power', 'this run has no call for "life/write:99999=EIO/power"'],
  [
    'corruption',
    'nonsense',
    'this run has no damage "nonsense"; one looks like flip:MANIFEST:17.3',
  ],
  ['corruption', 'flip:MANIFEST:99999.3', 'this run has no damage'],
] as const)('%s %s', (part, at, message) => {
  test('is refused', async () => {
    const refused = expect(run(part, at)).rejects;
    await refused.toThrow(message);
    await expect(run(part, at)).rejects.toThrow(PlaceError);
  });
});

test.each([
  ['states', '0@0:'],
  ['states', '0@0:/0:'],
  ['states', '0@0:killed'],
  ['faults', 'life/write:1=EIO/power'],
  ['corruption', 'whole'],
] as const)('%s %s is one', async (part, at) => {
  const { judged, failure } = await run(part, at);
  expect(judged).toBeGreaterThan(0);
  expect(failure).toBeUndefined();
});
