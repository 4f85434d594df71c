/**
 * Applies a history to a store: one commit that changes anything is one write, is one revision.
 * Commits that the store already holds are compared and skipped (`applied-prefix.ts`), so an import
 * that was interrupted, or killed, is simply run again.
 *
 * Writes are started in order and not awaited one by one. What holds at any moment: the store is a
 * prefix of the history, in whole commits. Hence nothing may be started after a write that failed.
 */
import { assert } from '../../base/assert.ts';
import type { EmbeddedStore, Revision } from '../../types.ts';
import { AppliedPrefix } from './applied-prefix.ts';
import { CliError } from '../cli-error.ts';
import type { ContentReader, HistoryCommit, HistorySource } from './history.ts';
import { InFlight } from './in-flight.ts';

export interface ImportOptions {
  /** Absent: a path's value is `<mode> <blob id>`. */
  readonly contents?: ContentReader;
  /** Called after every commit, the skipped ones included. */
  readonly onCommit?: (summary: ImportSummary) => void;
  /** Stops between two commits; what was started is completed. */
  readonly signal?: AbortSignal;
}

export interface ImportSummary {
  /** All that the source gave, empty ones included. */
  readonly commits: number;
  /** Commits that the store already held. */
  readonly skipped: number;
  /** Commits that became revisions now. */
  readonly applied: number;
  /** Changes in these. */
  readonly changes: number;
  /** Commits that change nothing. */
  readonly empty: number;
  /** The store's, once all is written. */
  readonly revision: Revision;
  readonly isInterrupted: boolean;
}

const WRITES_IN_FLIGHT_MAX = 256;
const BYTES_IN_FLIGHT_MAX = 64 * 1024 * 1024;

export async function importHistory(
  store: EmbeddedStore,
  source: HistorySource,
  options: ImportOptions = {},
): Promise<ImportSummary> {
  const { contents, onCommit, signal } = options;
  const prefix = new AppliedPrefix(store, contents !== undefined);
  const writer = new CommitWriter(store, contents);
  const summary = {
    commits: 0,
    skipped: 0,
    applied: 0,
    changes: 0,
    empty: 0,
    isInterrupted: false,
  };
  const now = (): ImportSummary => ({ ...summary, revision: store.revision });
  try {
    for await (const commit of source.commits) {
      summary.isInterrupted = signal?.aborted ?? false;
      if (summary.isInterrupted) break;
      summary.commits++;
      if (commit.changes.length === 0) {
        summary.empty++;
      } else if (!prefix.isOver) {
        await prefix.match(commit);
        summary.skipped++;
      } else {
        await writer.write(commit);
        summary.applied++;
        summary.changes += commit.changes.length;
      }
      onCommit?.(now());
    }
    if (!summary.isInterrupted) prefix.end(source.name);
  } catch (error) {
    // Ctrl-C reaches the git that we read from as well; that it died of it is no failure.
    summary.isInterrupted = signal?.aborted === true && isGitEnd(error);
    if (!summary.isInterrupted) throw error;
  } finally {
    await prefix.close();
    await writer.drained();
  }
  return now();
}

class CommitWriter {
  readonly #store: EmbeddedStore;
  readonly #contents: ContentReader | undefined;
  readonly #inFlight = new InFlight(WRITES_IN_FLIGHT_MAX, BYTES_IN_FLIGHT_MAX);

  constructor(store: EmbeddedStore, contents: ContentReader | undefined) {
    this.#store = store;
    this.#contents = contents;
  }

  /**
   * Resolves when the write has been started, in the order of the calls; rejects if an earlier
   * failed.
   */
  async write(commit: HistoryCommit): Promise<void> {
    const values = await this.#valuesOf(commit);
    await this.#inFlight.room();
    let sizeBytes = 0;
    let refusal: CliError | undefined;
    const write = this.#store.write((tx) => {
      commit.changes.forEach(({ key }, index) => {
        const value = values[index];
        if (value !== undefined) tx.put(key, value);
        else if (tx.delete(key) === 0) refusal ??= deletesNothing(commit, key);
        sizeBytes += key.length + (value?.length ?? 0);
      });
      if (refusal !== undefined) throw refusal;
      return tx.revision;
    });
    this.#inFlight.add(write.then(assertOwnRevision), sizeBytes);
    // A refusal is known at once; the rejection comes later, when the next commit may have been
    // started.
    if (refusal !== undefined) throw refusal;
  }

  async drained(): Promise<void> {
    await this.#inFlight.drained();
  }

  async #valuesOf(commit: HistoryCommit): Promise<(string | Uint8Array | undefined)[]> {
    const contents = this.#contents;
    if (contents === undefined) return commit.changes.map(({ value }) => value);
    return await Promise.all(
      commit.changes.map(async ({ value }) =>
        value === undefined ? undefined : await contents.read(value),
      ),
    );
  }
}

function isGitEnd(error: unknown): boolean {
  return error instanceof CliError && error.code === 'ERR_GIT';
}

function assertOwnRevision(write: {
  readonly revision: Revision;
  readonly result: Revision;
}): void {
  assert(
    write.revision === write.result,
    () => `a commit's write was promised revision ${write.result} and got ${write.revision}`,
  );
}

function deletesNothing(commit: HistoryCommit, key: Uint8Array): CliError {
  const path = JSON.stringify(Buffer.from(key).toString());
  return new CliError(
    'ERR_BAD_HISTORY',
    `commit ${commit.id} deletes ${path}, which was not there before it`,
  );
}
