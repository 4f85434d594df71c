/**
 * Three members of a real etcd and one client that knows all of them. Each program has members of its own; the next
 * ones start while these are at work.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Store } from '../../engine/types.ts';
import type { ModelOptions } from '../../spec/model.ts';
import type { EtcdCluster } from '../etcd/etcd-cluster.ts';
import type { EtcdProcess } from '../etcd/etcd-process.ts';
import { inRealTime } from '../stores/real-time.ts';
import { replaced } from '../stores/replaced.ts';
import { Session } from '../stores/session.ts';
import { TXN_OPS_MAX } from '../traffic/txn.ts';
import type { Arena, ArenaSource, Happening } from './arena.ts';
import type { Strike } from './cluster-program.ts';
import { tellingUnanswered } from './unanswered.ts';

const MEMBERS = 3;
/** Short enough for several elections in a program, long enough for a machine with other work. */
const FLAGS: readonly string[] = [
  '--heartbeat-interval=30',
  '--election-timeout=300',
  `--max-txn-ops=${TXN_OPS_MAX}`,
];
/** Less than it takes a member to give up what it has sent to a leader that is gone. */
const CLIENT = { requestTimeoutMs: 1500, dialTimeoutMs: 1000 };
/** One that is told to end waits for its streams, for longer than anybody has patience. */
const STOP_MS_MAX = 700;
const TRIES = 3;
/** A member gives up after five seconds and two election timeouts. */
const LATE_MS = 6000;

export class EtcdArenas implements ArenaSource {
  #spare: Promise<EtcdCluster> | undefined;

  async open(): Promise<Arena> {
    const starting = this.#spare ?? start();
    const cluster = await starting;
    this.#spare = start();
    try {
      return await EtcdArena.on(cluster);
    } catch (error) {
      await cluster.remove();
      throw error;
    }
  }

  async close(): Promise<void> {
    const spare = this.#spare;
    this.#spare = undefined;
    await (await spare)?.remove();
  }
}

class EtcdArena implements Arena {
  readonly session: Session;
  readonly limits: ModelOptions = { txnOpsMax: TXN_OPS_MAX };
  readonly lateMs: number = LATE_MS;
  readonly #cluster: EtcdCluster;
  #down: { readonly member: EtcdProcess; readonly going: Promise<void> } | undefined;

  static async on(cluster: EtcdCluster): Promise<EtcdArena> {
    const { connect } = await import('../../engine/client/index.ts');
    let client: Store;
    const close = (): Promise<void> => client.close();
    const connected = async (): Promise<Store> => {
      client = await connect(cluster.endpoints, CLIENT);
      return replaced<Store>(tellingUnanswered(inRealTime(client)), { close });
    };
    const reopen: Session['reopen'] = async () => {
      await client.close();
      return connected();
    };
    const store = await connected();
    return new EtcdArena(cluster, new Session({ store, form: 'bytes', reopen, isRemote: true }));
  }

  constructor(cluster: EtcdCluster, session: Session) {
    this.#cluster = cluster;
    this.session = session;
  }

  async strike({ whom, how }: Strike): Promise<readonly Happening[]> {
    const mended = await this.mend();
    const { members } = this.#cluster;
    const leader = await this.#cluster.leader();
    const member = whom === 'leader' ? leader : members[whom % members.length]!;
    const going = how === 'kill' ? member.kill() : stopped(member);
    // Whoever brings it back is told.
    going.catch(() => {});
    this.#down = { member, going };
    const isLeader = member === leader;
    const verb = how === 'kill' ? 'is killed' : 'is told to stop';
    const text = `member ${members.indexOf(member)}${isLeader ? ', the leader,' : ''} ${verb}`;
    const counts = [
      how === 'kill' ? ('members killed' as const) : ('members stopped' as const),
      ...(isLeader ? ['leaders among them' as const] : []),
    ];
    return [...mended, { text, counts }];
  }

  async mend(): Promise<readonly Happening[]> {
    if (this.#down === undefined) return [];
    const { member, going } = this.#down;
    await going;
    await member.start();
    this.#down = undefined;
    const text = `member ${this.#cluster.members.indexOf(member)} is back`;
    return [{ text, counts: ['members started'] }];
  }

  async close(): Promise<void> {
    await this.session.store.close();
    await this.#cluster.remove();
  }
}

async function stopped(member: EtcdProcess): Promise<void> {
  const stopping = member.stop();
  await Promise.race([stopping, sleep(STOP_MS_MAX)]);
  if (member.isRunning) await member.kill();
  await stopping;
}

function start(): Promise<EtcdCluster> {
  const starting = startedAnyway();
  // Whoever asks for it is told.
  starting.catch(() => {});
  return starting;
}

/** Ports may be taken by others meanwhile. What this needs of the wire may not be installed. */
async function startedAnyway(): Promise<EtcdCluster> {
  const { startCluster } = await import('../etcd/etcd-cluster.ts');
  for (let left = TRIES; ; left--) {
    try {
      return await startCluster(MEMBERS, { flags: FLAGS });
    } catch (error) {
      if (left === 1) throw error;
    }
  }
}
