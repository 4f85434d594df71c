/**
 * Programs of one profile: its own traffic, and a share of the uniform one, so that whatever a profile leaves
 * out is done to its histories, too.
 */
import type { Arbitrary } from 'fast-check';
import * as fc from 'fast-check';
import type { Features } from './features.ts';
import { kubernetes } from './kubernetes.ts';
import { locks } from './locks.ts';
import type { Profile } from './profiles.ts';
import type { StoreCommand, StoreProgram } from './program.ts';
import { queues } from './queue.ts';
import { oneOf, type Part, uniform } from './uniform.ts';

const OWN: Readonly<Record<Profile, ((features: Features) => Part<StoreCommand>[]) | undefined>> = {
  uniform: undefined,
  kubernetes,
  locks,
  queue: queues,
};

/** Of commands in a program. */
const LENGTH_MAX = 150;

export function programs(profile: Profile, features: Features): Arbitrary<StoreProgram> {
  const parts = uniform(features);
  const edges = oneOf(features, parts);
  const own = OWN[profile]?.(features);
  const command =
    own === undefined
      ? edges
      : fc.oneof({ weight: 2, arbitrary: oneOf(features, own) }, { weight: 1, arbitrary: edges });
  return fc.record({
    commands: fc.array(command, { minLength: 1, maxLength: LENGTH_MAX, size: 'max' }),
    scheduler: features.has('clients') ? fc.scheduler() : fc.constant(undefined),
  });
}
