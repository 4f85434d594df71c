/** Watching: catching up with the past, one key watched by many, and many beside a writer. */
import type { BesideRequest, FanOutRequest } from '../children/watching.ts';
import { runJob } from '../children/run-job.ts';
import {
  atMost,
  constant,
  ETCD,
  ETCD_MEASURED,
  type Figure,
  type Goal,
  measured,
  ratio,
  shortened,
} from '../figure.ts';
import type { Bench, Suite } from '../suite.ts';

const CATCH_UP_RATE_MIN = 1_000_000;
const TOGETHER = 512;
const FAN_OUT_RATE_MIN = 5_000_000;
const STALLED_BYTES_MAX = 32 * 1024 * 1024;
const LOOK_UP_US_MAX = 1;

export const watch: Suite = {
  name: 'watch',
  title: 'watching',
  run: async (bench) => [
    ...(await caughtUp(bench)),
    ...(await fannedOut(bench)),
    ...(await beside(bench)),
  ],
};

const atLeastRate = (rate: number, goal: number, text: string): Goal => ({
  text,
  reached: shortened(rate),
  met: rate >= goal,
});

async function caughtUp(bench: Bench): Promise<Figure[]> {
  const { inProcess, rounds, progress } = bench.options;
  const { history } = bench;
  const { keys, revisions } = history;
  const directory = bench.directory();
  progress(`watchers of ${revisions} revisions`);
  const request = { directory, ...history, rounds, watchers: [1, TOGETHER] };
  const { ms, stalledBytes } = await runJob('catchUp', request, { inProcess });
  bench.remove(directory);
  const [one, many] = [measured('varve', ms[0]!), measured('varve', ms[1]!)];
  const rate = measured(
    'varve',
    ms[0]!.map((took) => (revisions * 1000) / took),
  );
  const together = ratio(many, one);
  return [
    {
      work: `one watcher catches up with ${revisions} revisions of ${keys} keys`,
      unit: 'events per second',
      better: 'more',
      measurements: [rate, constant(ETCD, ETCD_MEASURED.catchUp)],
      goals: [atLeastRate(rate.value, CATCH_UP_RATE_MIN, '>= 1M events/s')],
      note: 'etcd at 100k revisions; at 1M it did not end',
    },
    {
      work: `  held for one that stopped after the first batch`,
      unit: 'bytes',
      better: 'less',
      measurements: [measured('varve', [Math.max(0, stalledBytes)])],
      goals: [atMost(stalledBytes, STALLED_BYTES_MAX, 'bytes', 'bounded by the buffer, <= 32 MiB')],
    },
    {
      work: `${TOGETHER} watchers catch up together`,
      unit: 'ms',
      better: 'less',
      measurements: [many, { ...one, by: 'one watcher' }],
      goals: [
        { text: '<= 2x the time of one', reached: `${together.toFixed(2)}x`, met: together <= 2 },
      ],
    },
  ];
}

async function fannedOut(bench: Bench): Promise<Figure[]> {
  const figures: Figure[] = [];
  const { keys } = bench.options;
  for (const watchers of [1, 100, 1000, 10_000]) {
    // As many events in every case, but for the smallest, where the writer is the bound.
    const puts = Math.max(100, Math.min(keys / 50, Math.ceil((keys * 5) / watchers)));
    for (const by of ['batches', 'events'] as const) {
      figures.push(await fanOutFigure(bench, { watchers, puts: Math.trunc(puts / 100) * 100, by }));
    }
  }
  return figures;
}

async function fanOutFigure(
  bench: Bench,
  { watchers, puts, by }: Pick<FanOutRequest, 'watchers' | 'puts' | 'by'>,
): Promise<Figure> {
  const { inProcess, rounds, progress } = bench.options;
  progress(`${watchers} watchers of one key, by ${by}`);
  const directory = bench.directory();
  const request = { directory, rounds, watchers, puts, by };
  const rates = await runJob('fanOut', request, { inProcess });
  bench.remove(directory);
  const varve = measured('varve', rates);
  const etcd = (ETCD_MEASURED.fanOut as Readonly<Record<number, number>>)[watchers];
  const isGoal = watchers >= 100 && by === 'batches';
  return {
    work: `one key, ${watchers} watchers, ${by}`,
    unit: 'events per second',
    better: 'more',
    measurements: etcd === undefined ? [varve] : [varve, constant(ETCD, etcd)],
    goals: isGoal ? [atLeastRate(varve.value, FAN_OUT_RATE_MIN, '>= 5M events/s')] : [],
  };
}

async function beside(bench: Bench): Promise<Figure[]> {
  const { inProcess, rounds, progress, keys } = bench.options;
  const watchers = Math.min(10_000, keys);
  const puts = Math.min(100_000, keys);
  const run = async (of: BesideRequest['of']): Promise<[Figure['measurements'], number[]]> => {
    progress(`puts beside ${watchers} watchers of other ${of}`);
    const directory = bench.directory();
    const request = { directory, rounds, watchers, puts, of };
    const results = await runJob('putsBeside', request, { inProcess });
    bench.remove(directory);
    const besides = measured(
      'varve',
      results.map(({ besideUs }) => besideUs),
    );
    const alone = measured(
      'without',
      results.map(({ aloneUs }) => aloneUs),
    );
    return [[besides, alone], results.map(({ besideUs, aloneUs }) => besideUs - aloneUs)];
  };
  const [keysSide, keysAdded] = await run('keys');
  const [prefixSide, prefixAdded] = await run('prefixes');
  const slowed = ratio(keysSide[0]!, keysSide[1]!);
  const added = measured('varve', prefixAdded).value;
  return [
    {
      work: `a put beside ${watchers} watchers of other keys`,
      unit: 'µs',
      better: 'less',
      measurements: keysSide,
      goals: [{ text: 'slowed < 10 %', reached: `${slowed.toFixed(2)}x`, met: slowed < 1.1 }],
      note: `added in each round: ${keysAdded.map((us) => us.toFixed(2)).join(', ')} µs`,
    },
    {
      work: `a put beside ${watchers} watchers of other prefixes`,
      unit: 'µs',
      better: 'less',
      measurements: prefixSide,
      goals: [atMost(added, LOOK_UP_US_MAX, 'µs added', 'look-up <= 1 µs')],
      note: `added in each round: ${prefixAdded.map((us) => us.toFixed(2)).join(', ')} µs`,
    },
  ];
}
