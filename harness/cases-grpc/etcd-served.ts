/** A real etcd as one of the servers that recorded cases are asked of. */
import { type EtcdProcess, startEtcd } from '../etcd/etcd-process.ts';
import type { Served } from './grpc-subject.ts';

export async function serveEtcd(flags: readonly string[]): Promise<Served> {
  return new EtcdServed(await startEtcd({ flags }));
}

class EtcdServed implements Served {
  readonly #etcd: EtcdProcess;

  constructor(etcd: EtcdProcess) {
    this.#etcd = etcd;
  }

  get endpoint(): string {
    return this.#etcd.endpoint;
  }

  restart(): Promise<void> {
    return this.#etcd.restart();
  }
  async killAndRestart(): Promise<void> {
    await this.#etcd.kill();
    await this.#etcd.start();
  }
  remove(): Promise<void> {
    return this.#etcd.remove();
  }
}
