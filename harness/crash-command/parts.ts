/** The parts of `varve-harness crash`, by name, and how much of the time each gets by default. */
import { corruptionPart } from '../corruption/corruption-part.ts';
import type { Part, PartName } from '../crash/part.ts';
import { statesPart } from '../crash/states-part.ts';
import { faultsPart } from '../faults/faults-part.ts';
import { killsPart } from '../kills/kills-part.ts';

export interface PartEntry {
  readonly part: Part;
  /** Of the time. */
  readonly share: number;
  /** For `--help`. */
  readonly about: string;
  /** What a place in a run looks like. */
  readonly place: string;
}

export const PARTS: ReadonlyMap<PartName, PartEntry> = new Map<PartName, PartEntry>([
  [
    'states',
    {
      part: statesPart,
      share: 0.5,
      about: 'the power fails at every operation of the disk, in every way it may',
      place: '0.3.4@17:0.2.1/3:1',
    },
  ],
  [
    'faults',
    {
      part: faultsPart,
      share: 0.15,
      about: 'the n-th call of the disk fails, for each n and each kind of call and fault',
      place: 'life/write:3+=ENOSPC/power',
    },
  ],
  [
    'corruption',
    {
      part: corruptionPart,
      share: 0.2,
      about: 'the files of a closed store are flipped, cut, swapped, zeroed, lost',
      place: 'flip:MANIFEST:17.3',
    },
  ],
  [
    'kills',
    {
      part: killsPart,
      share: 0.15,
      about: 'real processes are killed, on a real disk',
      place: 'round-2',
    },
  ],
]);

export const isPartName = (name: string): name is PartName => PARTS.has(name as PartName);
