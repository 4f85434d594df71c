/** Stores as targets: whatever has the Store interface, in one shape or in several. */
import * as fc from 'fast-check';
import { storeTrial, type TrialOptions } from '../conformance/store-trial.ts';
import { STORE_RULES } from '../exercised/note.ts';
import type { Shape } from '../stores/shapes.ts';
import type { Feature, Features } from '../traffic/features.ts';
import type { StoreProgram } from '../traffic/program.ts';
import { programs } from '../traffic/programs.ts';
import { goldenPrograms } from './golden-programs.ts';
import type { Target } from './target.ts';

export interface StoreTargetInit {
  readonly name: string;
  /** A program is for one of them; a smaller one is for one that comes earlier. */
  readonly shapes: readonly Shape[];
  /** What the store cannot do at all: never asked for. */
  readonly without?: readonly Feature[];
  /** Beside that, what the golden scripts may not need. */
  readonly notInScripts?: readonly Feature[];
  /** Default all that traffic can exercise. */
  readonly rules?: readonly string[];
  readonly options?: TrialOptions;
  readonly programMsMax?: number;
  /** When the target is not needed any more. */
  readonly close?: () => Promise<void>;
}

export interface ShapedProgram extends StoreProgram {
  readonly shape: Shape;
}

export function storeTarget(init: StoreTargetInit): Target<ShapedProgram> {
  const {
    name,
    shapes,
    without = [],
    notInScripts = [],
    rules = STORE_RULES,
    options,
    programMsMax,
    close,
  } = init;
  return {
    name,
    rules,
    opening: goldenPrograms([...without, ...notInScripts]).map((program) => ({
      ...program,
      shape: shapes[0]!,
    })),
    programs(profile, features) {
      const on: Features = new Set([...features].filter((feature) => !without.includes(feature)));
      return fc
        .tuple(fc.constantFrom(...shapes), programs(profile, on))
        .map(([shape, program]) => ({ shape, ...program }));
    },
    run: (program, ledger) => storeTrial(program.shape, program, ledger, options),
    ...(programMsMax !== undefined && { programMsMax }),
    ...(close !== undefined && { close }),
  };
}
