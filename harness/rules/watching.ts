/** What the tests of watches share: how their events read, and a disk that keeps syncs waiting. */
import type { Watch, WatchBatch, WatchEvent } from '../../engine/index.ts';
import type { File } from '../../engine/vfs/index.ts';
import { FaultyDisk } from './faulty-disk.ts';

/** `5 put a=1`, or `5 delete a`; with the state before in brackets. */
export function eventText({ type, kv, revision, prevKv }: WatchEvent): string {
  const value = type === 'put' ? `=${kv.text()}` : '';
  return `${revision} ${type} ${kv.key}${value}${prevKv === undefined ? '' : ` (${prevKv.text()})`}`;
}

export const batchText = ({ events }: WatchBatch): string => events.map(eventText).join(', ');

/** The next so many events; the watch goes on. */
export async function takeEvents(watch: Watch, count: number): Promise<string[]> {
  const iterator = watch[Symbol.asyncIterator]();
  const taken: string[] = [];
  while (taken.length < count) {
    const { done, value } = await iterator.next();
    if (done === true) throw new Error(`it ended after ${taken.join(', ')}`);
    taken.push(eventText(value));
  }
  return taken;
}

/** Until it ends: what it told, and with which error. */
export async function takeAll(watch: Watch): Promise<{ told: string[]; error: unknown }> {
  const told: string[] = [];
  try {
    for await (const event of watch) told.push(eventText(event));
    return { told, error: undefined };
  } catch (error) {
    return { told, error };
  }
}

/** Everything that is under way for now has happened. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
}

/** Syncs in the background wait for `release`; to have them all there, set `limits.syncInPlaceMsMax` to -1. */
export class HeldDisk extends FaultyDisk {
  #held: (() => void)[] | undefined;

  hold(): void {
    this.#held = [];
  }
  release(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const proceed of held) proceed();
  }

  override open(path: string, mode: 'read' | 'write' | 'create'): File {
    const file = super.open(path, mode);
    const sync = file.syncInBackground.bind(file);
    const syncInBackground = async (): Promise<void> => {
      if (this.#held !== undefined) await new Promise<void>((run) => this.#held!.push(run));
      await sync();
    };
    return { ...file, syncInBackground };
  }
}
