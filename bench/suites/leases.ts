/** A million leases, of which a hundred expire every second. */
import { runJob } from '../children/run-job.ts';
import { measured, shortened } from '../figure.ts';
import type { Suite } from '../suite.ts';

const GRANTS_MIN = 200_000;
const SHARE_MAX = 0.02;
const EXPIRING_PER_SECOND = 100;
const SECONDS = 10;

export const leases: Suite = {
  name: 'leases',
  title: 'leases',
  run: async (bench) => {
    const { inProcess, keys, steadyMs, progress } = bench.options;
    progress(`${keys} leases`);
    const directory = bench.directory();
    const seconds = Math.min(SECONDS, Math.ceil(steadyMs / 1000));
    const request = { directory, leases: keys, expiringPerSecond: EXPIRING_PER_SECOND, seconds };
    const result = await runJob('manyLeases', request, { inProcess });
    bench.remove(directory);
    const { grantsPerSecond, processorShare, expired } = result;
    return [
      {
        work: `grant ${keys} leases, sync: 'interval'`,
        unit: 'per second',
        better: 'more',
        measurements: [measured('varve', [grantsPerSecond])],
        goals: [
          {
            text: '>= 200k per second',
            reached: shortened(grantsPerSecond),
            met: grantsPerSecond >= GRANTS_MIN,
          },
        ],
      },
      {
        work: `${keys} leases, ${EXPIRING_PER_SECOND} a second expire`,
        unit: 'part of a processor',
        better: 'less',
        measurements: [measured('varve', [processorShare])],
        goals: [
          {
            text: '<= 2 % of a core',
            reached: `${(processorShare * 100).toFixed(1)} %`,
            met: processorShare <= SHARE_MAX,
          },
        ],
        note: `${expired} leases with a key each went in ${seconds} s, revokes and their log included`,
      },
    ];
  },
};
