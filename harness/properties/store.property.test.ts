/**
 * A store answers as the model does, whatever it is asked (see `traffic.ts` for what, `trial.ts` for
 * how, `targets.ts` for which stores). The canary shows that the property can fail.
 */
import { asyncProperty } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canaries } from './canaries.ts';
import { firstFailure, holds } from './replay.ts';
import { shrinkLimits } from './small-limits.ts';
import { targets } from './targets.ts';
import { commands } from './traffic.ts';
import { trial } from './trial.ts';

shrinkLimits();

const RUNS = 50;
const FILE = 'harness/properties/store.property.test.ts';

describe('answers as the model does', () => {
  test.each(targets)(
    '$name',
    async (target) => {
      const property = asyncProperty(commands, (commands) => trial(target, commands));
      await holds(target.name, FILE, RUNS, property);
    },
    600_000,
  );
});

describe('the property catches', () => {
  test.each(canaries)(
    '$name',
    async (canary) => {
      const property = asyncProperty(commands, (commands) => trial(canary, commands));
      const { failed, errorInstance } = await firstFailure(10 * RUNS, property);
      expect(failed).toBe(true);
      expect(String(errorInstance)).toContain('should answer');
    },
    600_000,
  );
});
