/** Whoever meets damage in a wrong way is caught, and the report says where. */
import { expect, test } from 'vitest';
import { partWith } from './corruption-part.ts';
import { liars } from './liars.testing.ts';

// Refusals by the thousand: a full stack for each would cost more than the rest of it.
Error.stackTraceLimit = 4;

const RUNS = 12;

test.each(Object.entries(liars))(
  'a store that %s is caught',
  async (_, doors) => {
    const part = partWith(doors);
    for (let run = 0; run < RUNS; run++) {
      const { failure } = await part.run({ seed: 5, run });
      if (failure === undefined) continue;
      expect(failure.at).not.toBe('whole');
      expect(failure.at).toMatch(/^\S+$/);
      expect(failure.problems.length).toBeGreaterThan(0);
      expect(failure.disk?.length).toBeGreaterThan(0);
      const again = await part.run({ seed: 5, run, at: failure.at });
      expect(again.failure?.at).toBe(failure.at);
      return;
    }
    expect.unreachable('it was not caught');
  },
  60_000,
);
