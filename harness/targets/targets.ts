/**
 * Targets by name. Engine limits are made small when one is opened, for the whole thread: short histories
 * then cross every bound there is.
 */
import { limits } from '../../engine/base/limits.ts';
import { canaries } from '../stores/canaries.ts';
import { memoryShape, shapes } from '../stores/shapes.ts';
import { shrinkLimits } from '../stores/small-limits.ts';
import { clusterTarget } from './cluster-target.ts';
import { indexTarget } from './index-target.ts';
import { mvccTarget } from './mvcc-target.ts';
import { etcdTarget, grpcTarget, whyNoEtcd, whyNoGrpc } from './remote-targets.ts';
import { storeTarget } from './store-target.ts';
import type { Target } from './target.ts';
import { treeTarget } from './tree-target.ts';

export interface TargetEntry {
  /** In a line of help. */
  readonly about: string;
  readonly open: () => Target;
  /** Why it cannot be opened on this machine; absent: it always can. */
  readonly whyNot?: () => string | undefined;
}

const onDisk = shapes.filter((shape) => shape !== memoryShape);

const entries: Readonly<Record<string, TargetEntry>> = {
  index: { about: 'the index of one key: its generations', open: () => indexTarget },
  tree: { about: 'the index of all keys', open: () => treeTarget },
  mvcc: { about: 'the multi-version store, without a log', open: () => mvccTarget },
  memory: {
    about: 'openMemory(): the whole store, nothing on disk',
    open: () => storeTarget({ name: 'memory', shapes: [memoryShape] }),
  },
  disk: {
    about: 'open(): the whole store in a directory, in several shapes, closed and killed',
    open: () => storeTarget({ name: 'disk', shapes: onDisk }),
  },
  grpc: {
    about: 'serve() and connect(): a store behind the wire',
    open: grpcTarget,
    whyNot: whyNoGrpc,
  },
  etcd: {
    about: 'a real etcd, if it is installed, through connect()',
    open: () => etcdTarget(),
    whyNot: whyNoEtcd,
  },
  cluster: {
    about: 'three members of a real etcd, stopped, killed and started meanwhile',
    open: () => clusterTarget(),
    whyNot: whyNoEtcd,
  },
  ...Object.fromEntries(
    canaries.map((shape, index) => [
      `canary-${index + 1}`,
      {
        about: `wrong on purpose: ${shape.name}`,
        open: () => storeTarget({ name: `canary-${index + 1}`, shapes: [shape] }),
      },
    ]),
  ),
};

export const TARGETS: ReadonlyMap<string, TargetEntry> = new Map(Object.entries(entries));

export function openTarget(name: string): Target {
  const entry = TARGETS.get(name);
  if (entry === undefined) throw new Error(`there is no target "${name}"`);
  shrinkLimits();
  limits.watchRevisionsPerRound = 3;
  limits.watchersPerRound = 2;
  limits.watchRecordsPerRound = 7;
  limits.watchBufferBytes = 1500;
  return entry.open();
}
