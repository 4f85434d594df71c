/**
 * Reading single keys at random from a full store. A value is the caller's own copy, except where the
 * name says zero-copy. Keys are made before the clock starts.
 */
import {
  atLeast,
  atLeastConstant,
  constant,
  ETCD,
  ETCD_MEASURED,
  LMDB_GET_MEASURED,
  type Measurement,
} from '../figure.ts';
import { keyOf, xorshift } from '../keys.ts';
import { benched } from '../rounds.ts';
import type { Suite } from '../suite.ts';

const BATCH = 1000;
/** Enough that they do not stay in the processor's cache. */
const PROBES = 100_000;

export const get: Suite = {
  name: 'get',
  title: 'get of a random key',
  run: async (bench) => {
    const { all } = await bench.loaded();
    const { keys } = bench.options;
    const random = xorshift(77);
    const probes = Array.from({ length: PROBES }, () => keyOf(random(keys)));
    let next = 0;
    const tasks = all
      .flatMap(({ store }) => store.readers)
      .map(({ name, read }) => ({
        by: name,
        run: () => {
          if (next + BATCH > PROBES) next = 0;
          const end = next + BATCH;
          let bytes = 0;
          while (next < end) bytes += read(probes[next++]!)!.length;
          return bytes;
        },
      }));
    const measurements = await benched(bench.options, tasks, BATCH);
    const etcd = constant(ETCD, ETCD_MEASURED.get);
    const varve = measurements[0]!;
    const lmdb = measurements.find(({ by }) => by === 'lmdb');
    return [
      {
        work: `get, ${keys} keys`,
        unit: 'per second',
        better: 'more',
        measurements: [...measurements, etcd],
        goals: [
          atLeast(varve, 1, lmdb, '>= lmdb get (copying)'),
          atLeastConstant(varve, 2, etcd, '>= 2x etcd mvcc'),
        ],
        note: noteOn(lmdb),
      },
    ];
  },
};

function noteOn(lmdb: Measurement | undefined): string {
  const calls = 'lmdb with binary encoding: get is getBinary, zero-copy is getBinaryFast';
  if (lmdb === undefined) return calls;
  const speed = (lmdb.value / LMDB_GET_MEASURED).toFixed(2);
  return `${calls}; it does ${speed} of what it did where etcd was measured`;
}
