/** All suites, in the order of the goals. */
import type { Suite } from '../suite.ts';
import { compact } from './compact.ts';
import { curves } from './curves.ts';
import { empty } from './empty.ts';
import { get } from './get.ts';
import { grpc } from './grpc.ts';
import { hash } from './hash.ts';
import { leases } from './leases.ts';
import { memory } from './memory.ts';
import { open } from './open.ts';
import { putInterval } from './put-interval.ts';
import { putMany } from './put-many.ts';
import { putOne } from './put-one.ts';
import { range } from './range.ts';
import { space } from './space.ts';
import { txn } from './txn.ts';
import { watch } from './watch.ts';

export const suites: readonly Suite[] = [
  putOne,
  putMany,
  putInterval,
  get,
  range,
  txn,
  open,
  memory,
  empty,
  compact,
  space,
  hash,
  watch,
  leases,
  curves,
  grpc,
];
