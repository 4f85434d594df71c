/**
 * What a client sees of a cluster, without one: a store in memory some of whose answers are lost while a member is
 * said to be down. It is right, or wrong in one way.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { openMemory, VarveError } from '../../engine/index.ts';
import type { EmbeddedStore, Store } from '../../engine/types.ts';
import { randomOf } from '../runner/random.ts';
import { inRealTime } from '../stores/real-time.ts';
import { replaced } from '../stores/replaced.ts';
import { Session } from '../stores/session.ts';
import { TXN_OPS_MAX } from '../traffic/txn.ts';
import type { Arena, ArenaSource } from './arena.ts';
import { tellingUnanswered } from './unanswered.ts';

/** Of a store: what is wrong with it. `isStruck`: somebody is down. */
export type Plant = (store: Store, isStruck: () => boolean) => Partial<Store>;

/** What becomes of a call while somebody is down: all but the first have no answer. */
export type Fate = 'answered' | 'done' | 'not done' | 'done later' | 'refused';

export interface FakeInit {
  readonly plant?: Plant;
  /** Does what was asked for, or not; default as the fate says. */
  readonly perform?: (run: () => Promise<unknown>, fate: Fate) => Promise<unknown>;
}

export class FakeArenas implements ArenaSource {
  readonly #init: FakeInit;
  #opened = 0;

  constructor(init: FakeInit = {}) {
    this.#init = init;
  }

  async open(): Promise<Arena> {
    const whole = await openMemory({ maxTxnOps: TXN_OPS_MAX });
    let isStruck = false;
    const { plant = () => ({}) } = this.#init;
    const remote = remoteOf(whole);
    const planted = replaced(
      remote,
      plant(remote, () => isStruck),
    );
    const store = lossy(planted, () => isStruck, randomOf(++this.#opened), this.#init);
    const opened = (): Store => replaced(tellingUnanswered(inRealTime(store)), { close });
    return {
      session: new Session({
        store: opened(),
        form: 'bytes',
        // Nobody watches from now on: the watches of before end with the client.
        reopen: async (before) => before,
        isRemote: true,
      }),
      limits: { txnOpsMax: TXN_OPS_MAX },
      lateMs: LATE_MS,
      async strike() {
        isStruck = true;
        return [{ text: 'somebody is down', counts: ['members killed'] }];
      },
      async mend() {
        if (!isStruck) return [];
        isStruck = false;
        return [{ text: 'somebody is back', counts: ['members started'] }];
      },
      close: () => whole.close(),
    };
  }

  async close(): Promise<void> {}
}

const close = async (): Promise<void> => {};

const SHARED = [
  'get',
  'has',
  'range',
  'count',
  'iterate',
  'put',
  'delete',
  'txn',
  'watch',
  'at',
  'compact',
  'defragment',
  'hashKv',
  'status',
  'close',
] as const;

/** Without what only a store in this process has. */
function remoteOf(whole: EmbeddedStore): Store {
  const methods = SHARED.map((name) => [name, (whole[name] as () => unknown).bind(whole)]);
  return { ...(Object.fromEntries(methods) as Store), leases: whole.leases };
}

const CHANGING = ['put', 'delete', 'txn', 'compact'] as const;
type Changing = (...args: never[]) => Promise<unknown>;
const LATER_MS = 5;
/** Far more, on a machine with other work. */
const LATE_MS = 400;

async function performed(run: () => Promise<unknown>, fate: Fate): Promise<unknown> {
  if (fate === 'done later') await sleep(LATER_MS);
  return fate === 'done' || fate === 'done later' ? run() : undefined;
}

function lossy(
  store: Store,
  isStruck: () => boolean,
  random: () => number,
  { perform = performed }: FakeInit,
): Store {
  const drawn = (): Fate => {
    const fates: readonly Fate[] = ['done', 'not done', 'done later', 'refused'];
    return fates[Math.floor(random() * 5 * fates.length)] ?? 'answered';
  };
  const lose = async (run: () => Promise<unknown>): Promise<unknown> => {
    const fate = isStruck() ? drawn() : 'answered';
    if (fate === 'answered') return run();
    const gone = perform(run, fate).catch(() => {});
    if (fate !== 'done later') await gone;
    if (fate === 'refused') throw new VarveError('ERR_UNAVAILABLE', 'nobody can be reached');
    throw new VarveError('ERR_UNAVAILABLE', 'gone: whether it took effect is unknown, look');
  };
  const lossyOf = (call: Changing): Changing => {
    return (...args) => {
      // The caller spoils his arguments as soon as the call returns.
      const kept = structuredClone(args);
      return lose(() => call(...kept));
    };
  };
  const methods = CHANGING.map((name) => [name, lossyOf(store[name] as Changing)]);
  const { leases } = store;
  return replaced<Store>(store, {
    ...(Object.fromEntries(methods) as Partial<Store>),
    leases: replaced(leases, {
      revoke: (id) => lose(() => leases.revoke(id)) as Promise<void>,
    }),
  });
}
