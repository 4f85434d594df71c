/** Reports to try the reporters on. */
import type { FileFate } from '../disk/fates.ts';
import type { CrashRunReport, FoundPartFailure, PartReport } from './crash-report.ts';

export const REPLAY = 'varve-harness crash --part states --seed 7 --run 3 --at 0.2@9:0.1';

export const states: PartReport = {
  part: 'states',
  unit: 'crash states',
  runs: 312,
  judged: 51_234,
  seconds: 25,
  covered: [
    ['write #.seg', 3120],
    ['sync #.seg', 2900],
    ['sync names', 12],
  ],
  failure: undefined,
};

/** With hundreds of kinds. */
export const corruption: PartReport = {
  part: 'corruption',
  unit: 'damaged stores',
  runs: 2,
  judged: 900,
  seconds: 3,
  covered: Array.from({ length: 300 }, (_, i) => [`flip in file ${i}: refused`, 300 - i] as const),
  failure: undefined,
};

export const clean: CrashRunReport = {
  seed: 7,
  version: '1.2.3',
  node: 'v22.0.0',
  workers: 2,
  parts: [states, corruption],
};

export const disk: readonly FileFate[] = [
  {
    path: '/store/0000000001.seg',
    name: 'kept',
    bytesBefore: 2048,
    bytesAfter: 1100,
    sectors: ['synced', 'old', 'torn', 'cut'],
  },
  {
    path: '/store/0000000002.seg',
    name: 'lost',
    bytesBefore: 1024,
    bytesAfter: 0,
    sectors: [],
  },
  {
    path: '/store/MANIFEST',
    name: 'older',
    bytesBefore: 60,
    bytesAfter: 44,
    sectors: ['synced'],
  },
  {
    path: '/store/MANIFEST.tmp',
    name: 'back',
    bytesBefore: 0,
    bytesAfter: 60,
    sectors: ['new'],
  },
  {
    path: '/store/notes',
    name: 'kept',
    bytesBefore: 10,
    bytesAfter: 10,
    sectors: ['synced'],
  },
];

export const failure: FoundPartFailure = {
  run: 3,
  at: '0.2@9:0.1',
  replay: REPLAY,
  problems: [
    'Acknowledged: 3 was acknowledged, and the revision is 2',
    'VarveError: no such \x1b[31mfile\n    at open (engine/open.ts:1:2)',
  ],
  story: [
    'put a 1',
    '#   asked for revision 2: put a 1',
    'delete a # not awaited',
    '# the power fails before operation 9: sync names /store',
  ],
  disk,
};

export const failed: CrashRunReport = {
  ...clean,
  parts: [{ ...states, failure }, corruption],
};

/** Of a part without a simulated disk. */
export const killed: CrashRunReport = {
  ...clean,
  parts: [
    {
      ...states,
      part: 'kills',
      unit: 'kills',
      failure: { ...failure, at: 'round-1', disk: undefined },
    },
  ],
};

export const idle: CrashRunReport = {
  ...clean,
  parts: [states, { ...corruption, runs: 0, judged: 0, covered: [] }],
};
