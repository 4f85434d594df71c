/** The flags that etcd was started with, as bounds of the engine. */
import { limits } from '../../engine/base/limits.ts';

const HEARTBEAT_MS = 100;
const ELECTION_MS = 1000;

/** Sets the bounds to what the flags say, until it is disposed. */
export function withFlags(flags: readonly string[]): Disposable {
  const before = { ...limits };
  const given = new Map(
    flags.map((flag) => flag.slice('--'.length).split('=') as [string, string]),
  );
  const numberOf = (name: string, usual: number): number => {
    const value = Number.parseInt(given.get(name) ?? String(usual), 10);
    given.delete(name);
    return value;
  };
  limits.watchProgressMs = numberOf(
    'experimental-watch-progress-notify-interval',
    limits.watchProgressMs,
  );
  const heartbeatMs = numberOf('heartbeat-interval', HEARTBEAT_MS);
  const electionMs = numberOf('election-timeout', ELECTION_MS);
  // R121.
  const electionTicks = Math.floor((3 * electionMs) / heartbeatMs / 2);
  limits.leaseMinTtlSeconds = Math.ceil((electionTicks * heartbeatMs) / 1000);
  if (given.size > 0) throw new Error(`unknown flags: ${[...given.keys()].join(', ')}`);
  return { [Symbol.dispose]: () => void Object.assign(limits, before) };
}
