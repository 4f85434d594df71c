/**
 * Whatever is written, compacted and cleaned, and however watches begin, lag behind, are left and gone on
 * with: what each of them shows keeps every guarantee of `spec/guarantees`. Watches that lie are each
 * caught by the guarantee they break, and by no other.
 */
import { asyncProperty } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { limits } from '../../engine/base/limits.ts';
import { liars } from '../conformance/liars.ts';
import { firstFailure, holds } from './replay.ts';
import { shrinkLimits } from '../stores/small-limits.ts';
import { directoryShape, memoryShape, type Shape, shapes } from '../stores/shapes.ts';
import { Ledger } from '../targets/ledger.ts';
import { watchPrograms } from '../traffic/watch-programs.ts';
import { storeTrial } from '../conformance/store-trial.ts';
import { Broken } from '../conformance/watch-trial.ts';

shrinkLimits();
// A short history takes several rounds, and two large values are more than may be buffered.
limits.watchRevisionsPerRound = 3;
limits.watchersPerRound = 2;
limits.watchRecordsPerRound = 7;
limits.watchBufferBytes = 1500;

const RUNS = 28;
const FILE = 'harness/properties/watch.property.test.ts';

describe('R109 every guarantee holds', () => {
  test.each(shapes)(
    '$name',
    async (shape) => {
      const property = asyncProperty(watchPrograms, (program) =>
        storeTrial(shape, program, new Ledger()),
      );
      await holds(shape.name, FILE, RUNS, property);
    },
    600_000,
  );
});

describe('R109 caught, and by one guarantee only', () => {
  test.each(liars)(
    '$breaks: $name',
    async (liar) => {
      const property = asyncProperty(watchPrograms, (program) =>
        storeTrial(memoryShape, program, new Ledger(), { liar }),
      );
      expect(brokenBy(await firstFailure(property))).toEqual([liar.breaks]);
    },
    600_000,
  );

  test('Acknowledged: events are shown as soon as they are made', async () => {
    const hasty: Shape = {
      name: 'hasty',
      isDurable: true,
      open: (options) => directoryShape.open({ ...options, sync: 'never' }),
    };
    const property = asyncProperty(watchPrograms, (program) =>
      storeTrial(hasty, program, new Ledger()),
    );
    expect(brokenBy(await firstFailure(property))).toEqual(['Acknowledged']);
  });
});

function brokenBy({ errorInstance }: { readonly errorInstance: unknown }): readonly string[] {
  const cause = errorInstance instanceof Error ? (errorInstance.cause ?? errorInstance) : undefined;
  if (!(cause instanceof Broken)) throw new Error(`it failed with ${String(errorInstance)}`);
  return cause.guarantees;
}
