/**
 * Forgetting a long history and giving its space back, in a process of its own: how long it takes, and
 * what those who use the store meanwhile notice of it.
 */
import type { CompactResult, LoadResult } from '../children/compaction.ts';
import { runJob } from '../children/run-job.ts';
import {
  atLeast,
  atMost,
  bounded,
  constant,
  ETCD,
  ETCD_MEASURED,
  type Figure,
  measured,
  type Measurement,
} from '../figure.ts';
import { keyOf, orderOf } from '../keys.ts';
import type { Contender } from '../peers/contender.ts';
import type { Bench, Suite } from '../suite.ts';

const COMPACT_MS_MAX = 1000;
const DEFRAGMENT_MS_MAX = 500;
const PAUSE_MS_MAX = 10;
const DISK_SHARE_MAX = 1.15;
const RATE_SHARE_MIN = 0.8;
const CLIENTS = 100;
/** Each round writes the history anew, which takes longer than what is measured. */
const ROUNDS_MAX = 3;
/** A compaction under load lasts as long as a few of the disk's stalls: how many it meets is luck. */
const BUSY_ROUNDS = 3;

export const compact: Suite = {
  name: 'compact',
  title: 'compaction of a long history, and its space given back',
  run: async (bench) => {
    const quiet: CompactResult[] = [];
    const busy: LoadResult[] = [];
    const peers = bench.options.peers.map((peer) => ({ peer, ms: [] as number[] }));
    const rounds = Math.min(ROUNDS_MAX, bench.options.rounds);
    for (let round = 0; round < rounds; round++) {
      bench.options.progress(`round ${round + 1}`);
      quiet.push(await whileQuiet(bench));
      for (let turn = 0; turn < BUSY_ROUNDS; turn++) busy.push(await whileBusy(bench));
      for (const { peer, ms } of peers) ms.push(await forgetMs(bench, peer));
    }
    const { keys, revisions } = bench.history;
    return [
      ...quietFigures(`${revisions} revisions of ${keys} keys`, quiet),
      ...busyFigures(busy),
      spaceFigure(
        quiet,
        peers.map(({ peer, ms }) => measured(peer.name, ms)),
      ),
      ...diskFigures(quiet),
    ];
  },
};

async function whileQuiet(bench: Bench): Promise<CompactResult> {
  const { inProcess } = bench.options;
  const directory = bench.directory();
  const request = { directory, ...bench.history, fill: true };
  const result = await runJob('compactHistory', request, { inProcess });
  bench.remove(directory);
  return result;
}

async function whileBusy(bench: Bench): Promise<LoadResult> {
  const { inProcess, turnMs } = bench.options;
  const directory = bench.directory();
  const request = { directory, ...bench.history, clients: CLIENTS, timeMs: turnMs * 2 };
  const result = await runJob('compactUnderLoad', request, { inProcess });
  bench.remove(directory);
  return result;
}

/** Peers have no history; the nearest they can do is to hold as much and to forget all but the last part. */
async function forgetMs(bench: Bench, { open }: Contender): Promise<number> {
  const { keys, revisions } = bench.history;
  const directory = bench.directory();
  const store = await open(directory);
  await store.load(orderOf(revisions, 'sequential'));
  const started = performance.now();
  await store.forget!(keyOf(revisions - keys));
  const ms = performance.now() - started;
  await store.close();
  bench.remove(directory);
  return ms;
}

function quietFigures(what: string, results: readonly CompactResult[]): Figure[] {
  const column = (name: keyof CompactResult): number[] => results.map((result) => result[name]);
  const compaction = bounded(`compact ${what}`, 'ms', column('compactMs'), COMPACT_MS_MAX);
  const defragmentation = bounded(
    'defragment after it',
    'ms',
    column('defragmentMs'),
    DEFRAGMENT_MS_MAX,
  );
  return [
    withOther(compaction, constant(ETCD, ETCD_MEASURED.compactMs)),
    bounded('  longest pause of compaction', 'ms', column('compactPauseMs'), PAUSE_MS_MAX),
    withOther(defragmentation, constant(ETCD, ETCD_MEASURED.defragmentMs)),
    bounded('  longest pause of defragmentation', 'ms', column('defragmentPauseMs'), PAUSE_MS_MAX),
  ];
}

function busyFigures(results: readonly LoadResult[]): Figure[] {
  const column = (name: keyof LoadResult): number[] => results.map((result) => result[name]);
  const before = 'varve before';
  const rate = measured('varve', column('rateMeanwhile'));
  const rateBefore = measured(before, column('rateBefore'));
  const pause = measured('varve', column('pauseMeanwhileMs'));
  const load = `${CLIENTS} clients put`;
  return [
    {
      work: `compact while ${load}`,
      unit: 'ms',
      better: 'less',
      measurements: [measured('varve', column('compactMs'))],
      goals: [],
    },
    {
      work: '  longest pause while compaction runs under load',
      unit: 'ms',
      better: 'less',
      measurements: [pause, measured(before, column('pauseBeforeMs'))],
      goals: [atMost(pause.value, PAUSE_MS_MAX, 'ms', `<= ${PAUSE_MS_MAX} ms`)],
    },
    {
      work: '  durable puts while compaction runs',
      unit: 'per second',
      better: 'more',
      measurements: [rate, rateBefore],
      goals: [atLeast(rate, RATE_SHARE_MIN, rateBefore, '>= 80 % of the rate before')],
    },
  ];
}

function spaceFigure(results: readonly CompactResult[], peers: readonly Measurement[]): Figure {
  const both = results.map(({ compactMs, defragmentMs }) => compactMs + defragmentMs);
  const etcdMs = ETCD_MEASURED.compactMs + ETCD_MEASURED.defragmentMs;
  return {
    work: 'history gone, space given back',
    unit: 'ms',
    better: 'less',
    measurements: [measured('varve', both), ...peers, constant(ETCD, etcdMs)],
    goals: [],
    note:
      'compact and defragment; of the peers: as many rows, all but the last hundredth removed, then ' +
      'VACUUM (better-sqlite3) or compactRange (classic-level); lmdb keeps its file as large as it is',
  };
}

function diskFigures(results: readonly CompactResult[]): Figure[] {
  const shares = (name: 'allocatedBytes' | 'apparentBytes'): number[] =>
    results.map((result) => result[name] / result.liveBytes);
  const unit = 'x live bytes';
  const mb = (results[0]!.liveBytes / 1e6).toFixed(1);
  const note = `live are ${mb} MB; the directory holds the index checkpoint, too`;
  return [
    {
      ...bounded('disk after both, allocated', unit, shares('allocatedBytes'), DISK_SHARE_MAX),
      note,
    },
    bounded('disk after both, apparent', unit, shares('apparentBytes'), DISK_SHARE_MAX),
  ];
}

const withOther = (figure: Figure, other: Measurement): Figure => ({
  ...figure,
  measurements: [...figure.measurements, other],
});
