/** Programs about little else than watches: changes, compactions and cleaning for them to see or survive. */
import type { Arbitrary } from 'fast-check';
import * as fc from 'fast-check';
import { change } from './changes.ts';
import type { Draft } from './draft.ts';
import { compact, defragment } from './maintenance.ts';
import type { StoreCommand, StoreProgram } from './program.ts';
import { watchCommands } from './watching.ts';

const draft: Arbitrary<Draft> = fc.oneof(
  { weight: 14, arbitrary: change },
  { weight: 2, arbitrary: compact },
  { weight: 1, arbitrary: defragment },
);

const command: Arbitrary<StoreCommand> = fc.oneof(
  {
    weight: 16,
    arbitrary: fc.record({
      do: fc.constant('ask'),
      drafts: fc.oneof(
        { weight: 2, arbitrary: fc.array(draft, { minLength: 1, maxLength: 1 }) },
        { weight: 1, arbitrary: fc.array(draft, { minLength: 2, maxLength: 6 }) },
      ),
      awaited: fc.boolean(),
    }),
  },
  ...watchCommands,
  { weight: 1, arbitrary: fc.constant<StoreCommand>({ do: 'restart' }) },
);

export const watchPrograms: Arbitrary<StoreProgram> = fc.record({
  commands: fc.array(command, { minLength: 1, maxLength: 60, size: 'max' }),
  scheduler: fc.constant(undefined),
});
