/** Reports as runs make them: one without a failure, and one for each kind of failure. */
import { describeOperation, responseLines } from '../../spec/describe.ts';
import { Chronicle } from '../../spec/guarantees/chronicle.ts';
import { Model } from '../../spec/model.ts';
import { parseOperation } from '../../spec/script-parser.ts';
import type { Evidence, Lane, LaneEvent } from '../targets/divergence.ts';
import type { Failure, RunReport } from './run-report.ts';

export const REPLAY =
  "varve-harness conformance --target disk --profile kubernetes --seed 42 --path '17:2:0'";

export const clean: RunReport = {
  target: 'disk',
  profile: 'kubernetes',
  seed: 42,
  version: '0.1.0',
  node: 'v20.20.2',
  workers: 2,
  runs: 1200,
  operations: 1_234_567,
  seconds: 24.5,
  rules: { R1: 1200, R2: 40_211, R10: 38_000, R20: 99_120, R82: 812, R83: 64, R100: 7 },
  missing: [],
  failure: undefined,
};

const failure: Omit<Failure, 'message' | 'evidence' | 'stack'> = {
  run: 17,
  path: '17:2:0',
  shrinks: 12,
  commands: 10,
  commandsBefore: 37,
  replay: REPLAY,
};

/** Two of the keys are hostile to a page: one is markup, and one no page can show as it is. */
const asked = [
  'put a 1',
  'put a 2',
  'put b 1 lease=4611686018427387905',
  'delete a',
  'put <b>\\x26\\x22 </script>',
  'put b 2',
  'compact 5',
  'put \\x00\\xff 9',
  'put a 3',
  'range all rev=5',
];

/** After a compaction a read at the compacted revision shows a key that was deleted. */
export const answerEvidence: Evidence = evidenceFor(asked, (lines) => [
  lines[0]!.replace('count 1', 'count 3'),
  '  a=2 create 2 mod 3 version 2',
  ...lines.slice(1).map((line) => line.replace('version 1', 'version 2')),
]);

function evidenceFor(
  program: readonly string[],
  wrong: (should: readonly string[]) => readonly string[],
): Evidence {
  const model = new Model();
  const compactions: number[] = [];
  let should: string[] = [];
  const lines = program.map((line) => {
    const operation = parseOperation(line);
    // Leases are not what this is about: any may be attached to.
    const lease = operation.op === 'put' ? (operation.lease ?? 0n) : 0n;
    if (lease !== 0n) model.step({ op: 'grant', id: lease, ttl: 1000 });
    should = responseLines(model.step(operation));
    if (operation.op === 'compact') compactions.push(operation.revision);
    return describeOperation(operation);
  });
  const operation = lines.at(-1)!;
  const { changes } = model;
  return {
    program: lines,
    operation,
    should,
    does: wrong(should),
    changes,
    compactions,
    lanes: [],
  };
}

export const answerFailure: RunReport = {
  ...clean,
  rules: { ...clean.rules, R83: 0 },
  missing: ['R83'],
  failure: {
    ...failure,
    message: 'the whole story',
    evidence: answerEvidence,
    stack: 'Divergence: the whole story\n    at confront (audit.ts:12:3)',
  },
};

const watched = evidenceFor(
  ['put a 1', 'put b 1', 'write: put a 2; put b 2', 'delete a', 'put a 3', 'put c 1'],
  (lines) => lines,
);

function laneOf(batches: readonly (readonly string[] | number)[]): Lane['batches'] {
  const { made } = Chronicle.of(watched.changes);
  return batches.map((batch) => {
    if (typeof batch === 'number') return { revision: batch, progress: true, events: [] };
    const events = batch.map((start): LaneEvent => {
      const { revision, type, key, text } = made.find((one) => one.text.startsWith(start))!;
      return { revision, type, key, text };
    });
    return {
      revision: Math.max(...events.map(({ revision }) => revision)),
      progress: false,
      events,
    };
  });
}

/** The first watch loses one event, and shows another twice; the second one is as it should be. */
export const watchEvidence: Evidence = {
  ...watched,
  program: [
    '# watch 0: all from=2 {} takes 2',
    ...watched.program,
    '# watch 1: prefix=a from=5 {} takes 3',
    '# watch 0 asks for progress',
  ],
  operation: '',
  should: [],
  does: [],
  lanes: [
    {
      name: 'watch 0',
      asked: 'all from=2 {} takes 2',
      from: 2,
      batches: laneOf([
        ['2 create a', '3 create b'],
        3,
        ['4 put a', '4 put b'],
        ['4 put b', '6'],
        7,
      ]),
      broken: [
        { guarantee: 'Unique', text: '4 put b=2 create 3 mod 4 version 2 came 2 times' },
        { guarantee: 'Reliable', text: '5 delete a never came' },
        { guarantee: 'Reliable', text: '7 create c=1 create 7 mod 7 version 1 never came' },
      ],
    },
    {
      name: 'watch 1',
      asked: 'prefix=a from=5 {} takes 3',
      from: 5,
      batches: laneOf([['5 delete a', '6 create a'], 7]),
      broken: [],
    },
  ],
};

export const watchFailure: RunReport = {
  ...clean,
  failure: {
    ...failure,
    message: 'the whole story',
    evidence: watchEvidence,
    stack: 'Divergence: the whole story\n    at finish (store-trial.ts:12:3)',
  },
};

export const thrownFailure: RunReport = {
  ...clean,
  failure: {
    ...failure,
    shrinks: 0,
    commands: 3,
    commandsBefore: 3,
    message: 'a <generation> without\x1b[31m records',
    evidence: undefined,
    stack: [
      'AssertionError: a <generation> without\x1b[31m records',
      '    at assert (engine/base/assert.ts:10:9)',
      '    at KeyIndex.get (key-index.ts:88:5)',
    ].join('\n'),
  },
};
