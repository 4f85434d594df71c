/** A cluster of real etcd servers, each of which can be stopped, killed and started again. */
import { setTimeout as sleep } from 'node:timers/promises';
import { type EtcdOptions, EtcdProcess } from './etcd-process.ts';
import { freePorts } from './free-ports.ts';
import { statusOfMember } from './member-status.ts';

const ELECTION_PATIENCE_MS = 15_000;
const POLL_MS = 50;
const PORTS_PER_MEMBER = 3;

/** Resolves when all members answer. `flags` are for each of them. */
export async function startCluster(
  members: number,
  options: Pick<EtcdOptions, 'flags'> = {},
): Promise<EtcdCluster> {
  const ports = await freePorts(members * PORTS_PER_MEMBER);
  const portsOf = (i: number) => {
    const [client, peer, metrics] = ports.slice(i * PORTS_PER_MEMBER);
    return { client: client!, peer: peer!, metrics: metrics! };
  };
  const numbers = Array.from({ length: members }, (_, i) => i);
  const cluster = numbers.map((i) => `m${i}=http://127.0.0.1:${portsOf(i).peer}`).join(',');
  const started = new EtcdCluster(
    numbers.map((i) => new EtcdProcess(options, portsOf(i), { name: `m${i}`, cluster })),
  );
  try {
    for (const member of started.members) member.launch();
    await Promise.all(started.members.map((member) => member.ready()));
    return started;
  } catch (error) {
    await started.remove();
    throw error;
  }
}

export class EtcdCluster implements AsyncDisposable {
  readonly members: readonly EtcdProcess[];

  constructor(members: readonly EtcdProcess[]) {
    this.members = members;
  }

  /** Of all members, also of those that do not run. */
  get endpoints(): readonly string[] {
    return this.members.map(({ endpoint }) => endpoint);
  }

  /** Waits until one that runs says that it is the leader itself, and so leads a majority or has just lost it. */
  async leader(): Promise<EtcdProcess> {
    const until = Date.now() + ELECTION_PATIENCE_MS;
    do {
      for (const member of this.members.filter(({ isRunning }) => isRunning)) {
        const status = await statusOfMember(member.endpoint);
        if (status?.isLeader === true) return member;
      }
      await sleep(POLL_MS);
    } while (Date.now() < until);
    throw new Error('no member of the cluster leads it');
  }

  async remove(): Promise<void> {
    await Promise.all(this.members.map((member) => member.remove()));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.remove();
  }
}
