/**
 * A real etcd, one for each program: it starts in a tenth of a second, the next one while this one is at work. So
 * revisions begin at 1, and nothing is left of what was there before.
 */
import type { Store } from '../../engine/types.ts';
import type { ModelOptions } from '../../spec/model.ts';
import { type EtcdProcess, startEtcd } from '../etcd/etcd-process.ts';
import { TXN_OPS_MAX } from '../traffic/txn.ts';
import { inRealTime } from './real-time.ts';
import { replaced } from './replaced.ts';
import { Session } from './session.ts';
import type { Shape } from './shapes.ts';

/** It waits for an election even when it is alone. */
const FLAGS: readonly string[] = [
  '--heartbeat-interval=10',
  '--election-timeout=100',
  `--max-txn-ops=${TXN_OPS_MAX}`,
];
/** R121: it follows the election timeout. */
const MIN_TTL_SECONDS = 1;

export class EtcdShape implements Shape, AsyncDisposable {
  readonly name: string = 'etcd';
  readonly isDurable: boolean = false;
  readonly limits: ModelOptions = { txnOpsMax: TXN_OPS_MAX, minTtlSeconds: MIN_TTL_SECONDS };
  readonly #spoil: (store: Store) => Partial<Store>;
  #spare: Promise<EtcdProcess> | undefined;

  /** `spoil`: for one that is to be caught. */
  constructor(spoil: (store: Store) => Partial<Store> = () => ({})) {
    this.#spoil = spoil;
  }

  /** Its restart is one of the client. */
  async open(): Promise<Session> {
    const starting = this.#spare ?? start();
    const etcd = await starting;
    this.#spare = start();
    const { connect } = await import('../../engine/client/index.ts');
    let client: Store;
    const connected = async (): Promise<Store> => {
      client = await connect(etcd.endpoint);
      return replaced<Store>(inRealTime(replaced(client, this.#spoil(client))), { close });
    };
    const close = async (): Promise<void> => {
      await client.close();
      await etcd.remove();
    };
    const reopen: Session['reopen'] = async () => {
      await client.close();
      return connected();
    };
    return new Session({ store: await connected(), form: 'bytes', reopen, isRemote: true });
  }

  async close(): Promise<void> {
    const spare = this.#spare;
    this.#spare = undefined;
    await (await spare)?.remove();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

function start(): Promise<EtcdProcess> {
  const starting = startEtcd({ flags: FLAGS });
  // Whoever asks for it is told.
  starting.catch(() => {});
  return starting;
}
