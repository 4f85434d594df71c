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
}

export const PARTS: ReadonlyMap<PartName, PartEntry> = new Map<PartName, PartEntry>([
  [
    'states',
    {
      part: statesPart,
      share: 0.5,
      about: 'the power fails at every operation of the disk, in every way it may',
    },
  ],
  ['faults', { part: faultsPart, share: 0.15, about: 'the n-th call fails, for each n and kind' }],
  ['corruption', { part: corruptionPart, share: 0.2, about: 'files are damaged' }],
  ['kills', { part: killsPart, share: 0.15, about: 'real processes are killed' }],
]);

export const isPartName = (name: string): name is PartName => PARTS.has(name as PartName);
