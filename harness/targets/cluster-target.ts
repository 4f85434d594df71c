/** A cluster of three members, of which one at a time goes down, as a target. */
import { type Arena, type ArenaSource, TALLIES } from '../remote/arena.ts';
import { type ClusterProgram, clusterPrograms } from '../remote/cluster-program.ts';
import { clusterTrial } from '../remote/cluster-trial.ts';
import { EtcdArenas } from '../remote/etcd-arena.ts';
import type { Feature } from '../traffic/features.ts';
import { programs } from '../traffic/programs.ts';
import { EMBEDDED } from './remote-targets.ts';
import type { Target } from './target.ts';

/** Members are started and waited for. */
const PROGRAM_MS_MAX = 40_000;

/** What any run of half a minute comes to: what takes several steps to come about is left to a single etcd. */
const RULES: readonly string[] =
  'R1 R2 R3 R8 R9 R10 R11 R21 R40 R91 R101 R103 R104 R109 R112'.split(' ');

const WITHOUT: ReadonlySet<Feature> = new Set([...EMBEDDED, 'clock']);

export function clusterTarget(arenas: ArenaSource = new EtcdArenas()): Target<ClusterProgram> {
  return {
    name: 'cluster',
    rules: RULES,
    tallies: TALLIES,
    workers: 1,
    programMsMax: PROGRAM_MS_MAX,
    programs(profile, features) {
      const on = new Set([...features].filter((feature) => !WITHOUT.has(feature)));
      return clusterPrograms(programs(profile, on));
    },
    async run(program, ledger) {
      const arena: Arena = await arenas.open();
      try {
        await clusterTrial(arena, program, ledger);
      } finally {
        await arena.close();
      }
    },
    close: () => arenas.close(),
  };
}
