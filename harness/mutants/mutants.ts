/** All mutants, by area. */
import { backendMutants } from './backend.ts';
import { cleaningMutants } from './cleaning.ts';
import { clientMutants } from './client.ts';
import { compactionMutants } from './compaction.ts';
import { indexMutants } from './key-index.ts';
import { leaseMutants } from './lease.ts';
import { logMutants } from './log.ts';
import type { Mutant } from './mutant.ts';
import { mvccMutants } from './mvcc.ts';
import { rangeMutants } from './range.ts';
import { recoveryMutants } from './recovery.ts';
import { remoteWatchMutants } from './remote-watch.ts';
import { serverMutants } from './server.ts';
import { snapshotFileMutants } from './snapshot-file.ts';
import { treeMutants } from './tree.ts';
import { txnMutants } from './txn.ts';
import { watchMutants } from './watch.ts';
import { wireMutants } from './wire.ts';

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
  ...cleaningMutants,
  ...wireMutants,
  ...serverMutants,
  ...clientMutants,
  ...remoteWatchMutants,
  ...snapshotFileMutants,
];
