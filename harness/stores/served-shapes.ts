/**
 * A store behind the wire: served on loopback by this very process, and asked through a client. The store's
 * time is virtual as that of the other shapes; the client lives by the system's.
 *
 * Server and client are loaded when one is opened, since what they need may not be installed.
 */
import { type EmbeddedStore, open, openMemory, type OpenOptions } from '../../engine/index.ts';
import { memoryFs } from '../../engine/vfs/index.ts';
import type { ModelOptions } from '../../spec/model.ts';
import type { Store } from '../../engine/types.ts';
import { TXN_OPS_MAX } from '../traffic/txn.ts';
import { DIRECTORY } from './disk-image.ts';
import type { KeyForm } from './plain.ts';
import { replaced } from './replaced.ts';
import { Session } from './session.ts';
import type { Shape } from './shapes.ts';
import { VirtualClock } from './virtual-clock.ts';

/** Methods in place of those of the store that is served: for servers that are to be caught. */
export type Spoil = (store: EmbeddedStore) => Partial<EmbeddedStore>;

/** What is served, and how it is had again after a restart. */
interface Keeper {
  readonly clock: VirtualClock;
  open(): Promise<EmbeddedStore>;
  /** Called when nobody serves it any more. */
  again(store: EmbeddedStore): Promise<EmbeddedStore>;
}

/** Stays as it is: its restart is one of server and client. */
function inMemory(options: OpenOptions): Keeper {
  const clock = new VirtualClock();
  return { clock, open: () => openMemory({ ...options, clock }), again: async (store) => store };
}

function inDirectory(options: OpenOptions): Keeper {
  const clock = new VirtualClock();
  const fs = memoryFs();
  const all: OpenOptions = { ...TINY, ...options, fs, clock };
  return {
    clock,
    open: () => open(DIRECTORY, all),
    async again(store) {
      await store.close();
      return open(DIRECTORY, all);
    },
  };
}

/** R127: leases begin anew after a restart, as they do in the model. */
const TINY: OpenOptions = { segmentSizeBytes: 4096, cacheSizeBytes: 0, leaseCheckpoints: false };

/**
 * R44: over the wire it is the encoded request that may be too large, of which the model knows nothing. So the
 * bound is left where it is, far away.
 */
const LIMITS: ModelOptions = { txnOpsMax: TXN_OPS_MAX };

export function served(
  name: string,
  form: KeyForm,
  keeperOf: (options: OpenOptions) => Keeper = inMemory,
  spoil: Spoil = () => ({}),
): Shape {
  return {
    name,
    isDurable: false,
    limits: LIMITS,
    async open({ maxTxnOps } = {}) {
      const keeper = keeperOf({ ...(maxTxnOps !== undefined && { maxTxnOps }) });
      let store = await keeper.open();
      // A server looks at the inside of what it serves: it is spoiled in place.
      Object.assign(store, spoil(store));
      let line = await connected(store);
      const close = async (): Promise<void> => {
        await line.close();
        await store.close();
      };
      const opened = (): Store => replaced(line.client, { close });
      const reopen: Session['reopen'] = async () => {
        await line.close();
        const again = await keeper.again(store);
        if (again !== store) Object.assign(again, spoil(again));
        store = again;
        line = await connected(store);
        return opened();
      };
      return new Session({ store: opened(), form, reopen, clock: keeper.clock, isRemote: true });
    },
  };
}

export const servedMemoryShape: Shape = served('served from memory', 'text', inMemory);

export const servedShapes: readonly Shape[] = [
  servedMemoryShape,
  served('served from a directory', 'bytes', inDirectory),
];

interface Line {
  readonly client: Store;
  /** Both ends; the store stays open. */
  close(): Promise<void>;
}

async function connected(store: EmbeddedStore): Promise<Line> {
  const { serve } = await import('../../engine/v3rpc/index.ts');
  const { connect } = await import('../../engine/client/index.ts');
  const server = await serve(store, { listen: '127.0.0.1:0', graceMs: GRACE_MS });
  const client = await connect(server.url);
  return {
    client,
    async close() {
      await client.close();
      await server.close();
    },
  };
}

/** Whoever was connected has left by then. */
const GRACE_MS = 0;
