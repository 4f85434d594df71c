/**
 * Snapshot files on trial: random traffic to a store that is exported and imported at each restart, every answer
 * compared with the model's.
 */
import type { FoundFailure } from '../runner/plan.ts';
import { Runner } from '../runner/run-one.ts';
import { shrinkLimits } from '../stores/small-limits.ts';
import { Ledger } from '../targets/ledger.ts';
import { storeTarget } from '../targets/store-target.ts';
import type { Profile } from '../traffic/profiles.ts';
import { exchangedShape } from './exchanged-shape.ts';

/** Taken in turn. */
const TRAFFIC: readonly Profile[] = ['uniform', 'locks'];

export interface SnapshotsReport {
  readonly type: 'report';
  readonly seed: number;
  readonly runs: number;
  readonly failure?: Pick<FoundFailure, 'run' | 'message'>;
}

export interface SnapshotsPlan {
  readonly seed: number;
  readonly runs: number;
  readonly onRun?: (run: number) => void;
}

export async function trySnapshots({ seed, runs, onRun }: SnapshotsPlan): Promise<SnapshotsReport> {
  shrinkLimits();
  const target = storeTarget({ name: 'snapshots', shapes: [exchangedShape] });
  const runners = TRAFFIC.map(
    (profile) => new Runner(target, { profile, seed, swarm: true, without: [], shrinkMs: 0 }),
  );
  for (let run = 0; run < runs; run++) {
    const found = await runners[run % runners.length]!.run(run, new Ledger());
    onRun?.(run);
    if (found === undefined) continue;
    const { message } = found;
    return { type: 'report', seed, runs: run + 1, failure: { run, message } };
  }
  return { type: 'report', seed, runs };
}
