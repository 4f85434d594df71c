/**
 * Up to where the history is compacted. Servers refuse what lies below and do not say where that ends: only
 * a watch that begins there is told.
 */
import { CompactedError, type VarveError } from '../base/errors.ts';
import { KV, Watch, type WatchResponse } from '../wire/generated/rpc_pb.ts';
import type { Calls } from './calls.ts';

const ANY_KEY: Uint8Array = new Uint8Array(1);
/** A server looks after watches that begin in the past every 100 ms, if it has the time. */
const PATIENCE_MS = 3000;

export class Compaction {
  readonly #calls: Calls;
  /** It is compacted up to here, or further; -1: not that anybody knows. */
  #known = -1;

  constructor(calls: Calls) {
    this.#calls = calls;
  }

  note(revision: number): void {
    if (revision > this.#known) this.#known = revision;
  }

  /** The compacted revision; -1 if there is none. `from`: where it is looked for, at the least. */
  async revision(from = 1): Promise<number> {
    const at = Math.max(1, from, this.#known);
    if (await this.#isCompacted(at)) await this.#find(at);
    return this.#known;
  }

  /** A refusal to read `asked` with the revision that it lacks; any other error as it is. */
  async completed(error: unknown, asked = 1): Promise<unknown> {
    if (!(error instanceof CompactedError)) return error;
    // What is known may be old. R70, R98: a negative one is refused whatever is compacted.
    try {
      await this.revision(asked);
    } catch {
      // That it is refused is to be told, whatever became of asking why.
    }
    return new CompactedError(Math.max(0, this.#known));
  }

  /** A refusal to compact at `asked`: it is compacted there, if not further (R80). */
  completedCompaction(error: unknown, asked: number): Promise<unknown> {
    if (error instanceof CompactedError) this.note(asked);
    return this.completed(error, asked);
  }

  async #isCompacted(revision: number): Promise<boolean> {
    try {
      await this.#calls.unary(
        KV.method.range,
        { key: ANY_KEY, revision: BigInt(revision), countOnly: true },
        { isRepeatable: true },
      );
      return false;
    } catch (error) {
      const { code } = error as Partial<VarveError>;
      if (code === 'ERR_COMPACTED') return true;
      // An empty store, asked for what will be.
      if (code === 'ERR_FUTURE_REVISION') return false;
      throw error;
    }
  }

  /** A watch from this revision, which is compacted. */
  async #find(startRevision: number): Promise<void> {
    const { stream } = await this.#calls.duplex(Watch.method.watch);
    let timer: Disposable | undefined;
    try {
      const found = new Promise<number>((resolve) => {
        timer = this.#calls.options.clock.setTimer(PATIENCE_MS, () => resolve(-1));
        stream.on('error', () => resolve(-1));
        stream.on('data', ({ compactRevision }: WatchResponse) => {
          if (compactRevision > 0n) resolve(Number(compactRevision));
        });
      });
      const value = { key: ANY_KEY, startRevision: BigInt(startRevision) };
      stream.write({ requestUnion: { case: 'createRequest', value } });
      this.note(await this.#calls.stops.race(found, undefined));
    } finally {
      timer?.[Symbol.dispose]();
      stream.cancel();
    }
  }
}
