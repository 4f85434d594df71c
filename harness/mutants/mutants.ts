/** All mutants, by area. */
import { backendMutants } from './backend.ts';
import { compactionMutants } from './compaction.ts';
import { indexMutants } from './key-index.ts';
import { leaseMutants } from './lease.ts';
import { logMutants } from './log.ts';
import type { Mutant } from './mutant.ts';
import { mvccMutants } from './mvcc.ts';
import { rangeMutants } from './range.ts';
import { recoveryMutants } from './recovery.ts';
import { treeMutants } from './tree.ts';
import { txnMutants } from './txn.ts';
import { watchMutants } from './watch.ts';

export const mutants: readonly Mutant[] = [
  ...indexMutants,
  ...treeMutants,
  ...mvccMutants,
  ...rangeMutants,
  ...txnMutants,
  ...compactionMutants,
  ...watchMutants,
  ...leaseMutants,
  ...backendMutants,
  ...logMutants,
  ...recoveryMutants,
];
