/** A test that asserts a property. Its failure tells the seed and the path, and the smallest values that fail. */
import * as fc from 'fast-check';
import { test } from 'vitest';

type Arbitraries<T extends unknown[]> = { [K in keyof T]: fc.Arbitrary<T[K]> };
type Run<T extends unknown[]> = (...values: T) => unknown;

/** `property([fc.nat()])('is so', (n) => …)`: false or an error is a failure. */
export const property =
  <T extends [unknown, ...unknown[]]>(
    arbitraries: Arbitraries<T>,
    parameters: { readonly numRuns?: number } = {},
  ): ((name: string, run: Run<T>) => void) =>
  (name, run) => {
    const asserted = fc.asyncProperty(fc.tuple<T>(...arbitraries), async (values) => {
      if ((await run(...values)) === false) throw new Error('it is false');
    });
    test(name, () => fc.assert(asserted, parameters));
  };
