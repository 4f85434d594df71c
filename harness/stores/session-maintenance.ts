/** Compaction, hashes, the past and snapshots: asked of a store, answered in the specification's words. */
import type { ReadView, Snapshot, WatchEvent } from '../../engine/types.ts';
import type { Diff, Event, History, Maintenance } from '../../spec/maintenance-types.ts';
import type { Response } from '../../spec/types.ts';
import { answered } from './answers.ts';
import type { AnyStore } from './any-store.ts';
import { call, type KeyForm, latin1, plainKeyValue } from './plain.ts';
import { type Reader, readIn } from './reads.ts';

export class MaintenanceSession {
  readonly #snapshots = new Map<string, Snapshot>();

  answer(reader: Reader, operation: Maintenance): Promise<Response> {
    return answered(() => this.#perform(reader, operation));
  }

  /** A restart ends them. */
  async releaseAll(): Promise<void> {
    for (const name of this.#snapshots.keys()) await this.#release(name);
  }

  async #perform(reader: Reader, operation: Maintenance): Promise<Response> {
    const { store, form } = reader;
    switch (operation.op) {
      case 'compact':
        await store.compact(operation.revision, { physical: operation.physical === true });
        return { kind: 'done' };
      case 'hashkv':
        return { kind: 'hash', ...(await store.hashKv(operation.revision)) };
      case 'history':
        return historyOf(store, form, operation);
      case 'diff':
        return diffOf(store, form, operation);
      case 'snapshot': {
        const { op: _, name, ...options } = operation;
        const snapshot = await store.snapshot!(options);
        this.#snapshots.set(name, snapshot);
        return { kind: 'done' };
      }
      case 'in':
        return readIn(reader, this.#view(operation.name), operation.read);
      case 'release':
        await this.#release(operation.name);
        return { kind: 'done' };
      case 'defragment':
      default:
        await store.defragment();
        return { kind: 'done' };
    }
  }

  #view(name: string): ReadView {
    return this.#snapshots.get(name)!;
  }

  async #release(name: string): Promise<void> {
    await this.#snapshots.get(name)?.[Symbol.asyncDispose]();
    this.#snapshots.delete(name);
  }
}

async function historyOf(store: AnyStore, form: KeyForm, operation: History): Promise<Response> {
  const { selector, op: _, ...options } = operation;
  const events: Event[] = [];
  for await (const event of call(form, (by) => store.history!(by.selector(selector), options))) {
    events.push(plainEvent(event));
  }
  return { kind: 'history', events };
}

function plainEvent({ type, kv, revision, isCreate }: WatchEvent): Event {
  if (kv.modRevision !== revision) throw new Error(`event of ${revision} says ${kv.modRevision}`);
  if (type === 'delete') return { type, key: latin1(kv.keyBytes), revision };
  return { type, kv: plainKeyValue(kv), isCreate };
}

async function diffOf(store: AnyStore, form: KeyForm, operation: Diff): Promise<Response> {
  const { selector, op: _, ...options } = operation;
  const differences = [];
  for await (const change of call(form, (by) => store.diff!(by.selector(selector), options))) {
    const before = change.before && plainKeyValue(change.before);
    const after = change.after && plainKeyValue(change.after);
    const key = (after ?? before)!.key;
    if (change.key !== Buffer.from(key, 'latin1').toString('utf8')) {
      throw new Error(`the change of ${key} calls it ${change.key}`);
    }
    differences.push({ key, before, after });
  }
  return { kind: 'diff', differences };
}
