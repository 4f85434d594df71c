/** The hash over a long history, which is all of it: every key and value is read. */
import { runJob } from '../children/run-job.ts';
import { bounded, measured } from '../figure.ts';
import type { Suite } from '../suite.ts';

const RATE_MIN = 500_000;
const PAUSE_MS_MAX = 10;

export const hash: Suite = {
  name: 'hash',
  title: 'hashKv',
  run: async (bench) => {
    const { inProcess, rounds, progress } = bench.options;
    const { history } = bench;
    const directory = bench.directory();
    progress(`hashing ${history.revisions} revisions`);
    const request = { directory, ...history, rounds };
    const results = await runJob('hashHistory', request, { inProcess });
    bench.remove(directory);
    const { keys, revisions } = history;
    const rates = results.map(({ ms }) => (revisions * 1000) / ms);
    const varve = measured('varve', rates);
    const reached = `${(varve.value / 1000).toFixed(0)}k`;
    const goal = { text: '>= 500k per second', reached, met: varve.value >= RATE_MIN };
    return [
      {
        work: `hash ${revisions} revisions of ${keys} keys`,
        unit: 'revisions per second',
        better: 'more',
        measurements: [varve],
        goals: [goal],
      },
      bounded(
        '  longest pause of hashing',
        'ms',
        results.map(({ pauseMs }) => pauseMs),
        PAUSE_MS_MAX,
      ),
    ];
  },
};
