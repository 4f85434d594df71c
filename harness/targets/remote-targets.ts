/** Stores behind the wire as targets: this package's own server, and a real etcd. */
import { createRequire } from 'node:module';
import { STORE_RULES } from '../exercised/note.ts';
import { programPath } from '../etcd/programs.ts';
import { EtcdShape } from '../stores/etcd-shape.ts';
import { servedShapes } from '../stores/served-shapes.ts';
import type { Feature } from '../traffic/features.ts';
import { insteadForEtcd, insteadForServed } from './departures.ts';
import { storeTarget } from './store-target.ts';
import type { Target } from './target.ts';

/** What only a store in this process has. */
export const EMBEDDED: readonly Feature[] = ['writes', 'snapshots', 'history'];

/** R44: the bound of an encoded request is far away. R88: hardly anything but a write transaction gets there. */
const NOT_REMOTE: ReadonlySet<string> = new Set(['R44', 'R88']);
const DEPARTED: readonly string[] = ['R98', 'R107', 'R145'];
/** Nobody moves its clock. */
const TIMED: readonly string[] = ['R121', 'R125', 'R128'];
/** Hardly ever met but by scripts that watch. */
const RARE: readonly string[] = ['R90', 'R96'];
const NOT_ETCD: ReadonlySet<string> = new Set([...DEPARTED, ...TIMED, ...RARE]);

/** Each command is a turn of the network, and the processes behind it share the machine. */
const PROGRAM_MS_MAX = 60_000;

const without = (rules: readonly string[], left: ReadonlySet<string>): string[] =>
  rules.filter((rule) => !left.has(rule));

const REMOTE_RULES: readonly string[] = without(STORE_RULES, NOT_REMOTE);

export function grpcTarget(): Target {
  return storeTarget({
    name: 'grpc',
    shapes: servedShapes,
    without: EMBEDDED,
    rules: REMOTE_RULES,
    programMsMax: PROGRAM_MS_MAX,
    options: { instead: insteadForServed },
  });
}

export function etcdTarget(shape: EtcdShape = new EtcdShape()): Target {
  return storeTarget({
    name: 'etcd',
    shapes: [shape],
    without: [...EMBEDDED, 'clock'],
    // R107: the watches of a script wait for an answer that is no promise.
    notInScripts: ['watches'],
    rules: without(REMOTE_RULES, NOT_ETCD),
    programMsMax: PROGRAM_MS_MAX,
    options: { instead: insteadForEtcd },
    close: () => shape.close(),
  });
}

const PACKAGES: readonly string[] = ['@grpc/grpc-js', '@bufbuild/protobuf'];

/** Why there can be no such target here; undefined if there can. */
export function whyNoGrpc(): string | undefined {
  const { resolve } = createRequire(import.meta.url);
  const missing = PACKAGES.filter((name) => {
    try {
      return resolve(name) === '';
    } catch {
      return true;
    }
  });
  if (missing.length === 0) return undefined;
  return `it needs packages that are not installed: npm install ${missing.join(' ')}`;
}

export function whyNoEtcd(): string | undefined {
  if (programPath('etcd') === undefined) return 'there is no program "etcd" in PATH';
  return whyNoGrpc();
}
