/**
 * A store answers as the model does, whatever it is asked (see `traffic.ts` for what, `trial.ts` for
 * how, `shapes.ts` for which stores). The canary shows that the property can fail.
 */
import { asyncProperty } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canaries } from '../stores/canaries.ts';
import { firstFailure, holds } from './replay.ts';
import { shrinkLimits } from '../stores/small-limits.ts';
import { shapes } from '../stores/shapes.ts';
import { storeTrial } from '../conformance/store-trial.ts';
import { Divergence } from '../targets/divergence.ts';
import { Ledger } from '../targets/ledger.ts';
import { ALL_FEATURES } from '../traffic/features.ts';
import { programs } from '../traffic/programs.ts';

shrinkLimits();

const RUNS = 30;
const FILE = 'harness/properties/store.property.test.ts';

const everything = programs('uniform', ALL_FEATURES);

describe('answers as the model does', () => {
  test.each(shapes)(
    '$name',
    async (shape) => {
      const property = asyncProperty(everything, (program) =>
        storeTrial(shape, program, new Ledger()),
      );
      await holds(shape.name, FILE, RUNS, property);
    },
    600_000,
  );
});

describe('the property catches', () => {
  test.each(canaries)(
    '$name',
    async (canary) => {
      const property = asyncProperty(everything, (program) =>
        storeTrial(canary, program, new Ledger()),
      );
      const { errorInstance } = await firstFailure(property);
      expect(errorInstance).toBeInstanceOf(Divergence);
    },
    600_000,
  );
});
