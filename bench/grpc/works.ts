/** The work that servers are given, with the goals of the project that it decides. */
import { atLeast, constant, type Goal, type Measurement, ratio } from '../figure.ts';
import type { LoadRequest } from './program.ts';
import type { Work } from './samples.ts';

/** Puts a second with 100 in flight, by the machine and the client that the goals were set with. */
const ETCD_PUTS_MEASURED = 25_000;
const IN_FLIGHT = 100;

type Others = ReadonlyMap<string, Measurement>;

const factorOf =
  (factor: number, name: string) =>
  (varve: Measurement, others: Others): Goal =>
    atLeast(varve, factor, others.get(name), `>= ${factor}x ${name}`);

export const putOne: Work = {
  name: 'put, 1 client, median',
  unit: 'ms',
  better: 'less',
  operations: 'puts',
  goals: (varve, others) => [slowerThan(varve, others.get('etcd'))],
};

function slowerThan(varve: Measurement, etcd: Measurement | undefined): Goal {
  const text = '<= etcd';
  if (etcd === undefined) return { text, reached: 'nothing to compare with', met: undefined };
  const times = ratio(varve, etcd);
  return { text, reached: `${times.toFixed(2)}x the time of etcd`, met: times <= 1 };
}

export interface Load {
  readonly work: Work;
  readonly request: Omit<LoadRequest, 'timeMs'>;
}

/** Goals are decided by the client that is not the bound. */
export const loads: readonly Load[] = (['put', 'get'] as const).flatMap((method) =>
  (['frames', 'grpc-js'] as const).map((by) => ({
    request: { method, by, inFlight: IN_FLIGHT },
    work: {
      name: `${method}, ${IN_FLIGHT} in flight on one connection, client of ${by}`,
      unit: 'per second',
      better: 'more',
      operations: `${method}s`,
      ...(by === 'frames' && { goals: method === 'put' ? putGoals : getGoals }),
    },
  })),
);

function putGoals(varve: Measurement, others: Others): Goal[] {
  const fixed = constant('25k/s', ETCD_PUTS_MEASURED);
  return [
    factorOf(0.6, 'etcd')(varve, others),
    atLeast(varve, 0.6, fixed, '>= 0.6x 25k/s'),
    factorOf(0.9, 'grpc-js echo')(varve, others),
  ];
}

function getGoals(varve: Measurement, others: Others): Goal[] {
  return [factorOf(0.9, 'grpc-js echo')(varve, others)];
}

export interface FanOut {
  readonly work: Work;
  readonly watchers: number;
  readonly streams: number;
}

export const fanOuts: readonly FanOut[] = [100, 1000].flatMap((watchers) =>
  [1, 100].map((streams) => ({ watchers, streams, work: fanOutWork(watchers, streams) })),
);

function fanOutWork(watchers: number, streams: number): Work {
  return {
    name: `watch, ${watchers} watchers of one key, ${streams === 1 ? 'one stream' : `${streams} streams`}`,
    unit: 'events per second',
    better: 'more',
    operations: 'events',
    goals: (varve, others) => [factorOf(1, 'etcd')(varve, others)],
  };
}

export interface CatchUp {
  readonly work: Work;
  readonly perRevision: number;
}

/** etcd hands out a thousand revisions at a time: how many events are in each makes all the difference. */
export const catchUpsOf = (events: number): readonly CatchUp[] =>
  [1, 128].map((perRevision) => ({
    perRevision,
    work: {
      name: `catch-up, ${events} events, ${perRevision === 1 ? 'a revision each' : `${perRevision} to a revision`}`,
      unit: 'events per second',
      better: 'more',
      operations: 'events',
      ...(perRevision === 1 && { goals: (varve, others) => [factorOf(20, 'etcd')(varve, others)] }),
    },
  }));
