/**
 * What makes an import resumable without a record of its own. A new store is at revision 1, and
 * commit number k that changes anything makes revision 1 + k; so a store at revision r holds the
 * first r - 1 of them, if nothing else ever wrote to it. Which is checked, commit by commit,
 * against the store's own history: a rewritten branch, another repository or a stray `varve put` is
 * found, not built upon.
 *
 *     history   c1  c2  (no change)  c3  c4  c5
 *     revision   2   3                4              store at 4: compare c1 c2 c3, go on with c4
 *
 * Revisions that were compacted away cannot be compared; the ones after them are.
 */
import { createHash } from 'node:crypto';
import { bufferOf, type KeyString, keyStringOf } from '../../base/bytes.ts';
import type { EmbeddedStore, Revision, WatchEvent } from '../../types.ts';
import { CliError } from '../cli-error.ts';
import { blobOf, type HistoryCommit } from './history.ts';
import { type RevisionEvents, wholeRevisions } from '../revisions.ts';

export class AppliedPrefix {
  readonly #isContent: boolean;
  readonly #lastRevision: Revision;
  readonly #firstComparable: Revision;
  readonly #revisions: AsyncIterator<RevisionEvents>;
  #revision: Revision = 1;

  constructor(store: EmbeddedStore, isContent: boolean) {
    this.#isContent = isContent;
    this.#lastRevision = store.revision;
    this.#firstComparable = Math.max(2, store.compactRevision);
    const window = { from: this.#firstComparable, to: this.#lastRevision };
    this.#revisions = wholeRevisions(store.history({ all: true }, window));
  }

  get isOver(): boolean {
    return this.#revision >= this.#lastRevision;
  }

  /**
   * Takes the next commit that changes anything. Throws if the store's revision holds something
   * else.
   */
  async match(commit: HistoryCommit): Promise<void> {
    this.#revision++;
    if (this.#revision < this.#firstComparable) return;
    const { value: found } = await this.#revisions.next();
    const isSame =
      found !== undefined &&
      found.revision === this.#revision &&
      isSameChange(commit, found.events, this.#isContent);
    if (!isSame) throw this.#otherHistory(commit);
  }

  /** The source ended: an error if the store has more. */
  end(sourceName: string): void {
    if (this.isOver) return;
    throw new CliError(
      'ERR_OTHER_HISTORY',
      `${sourceName} has ${this.#revision - 1} commits with changes, ` +
        `the store ${this.#lastRevision - 1}`,
      {
        hint: 'another repository or ref, a branch that was rewritten, or the store was written to',
      },
    );
  }

  async close(): Promise<void> {
    await this.#revisions.return?.();
  }

  #otherHistory(commit: HistoryCommit): CliError {
    const how = this.#isContent ? 'without' : 'with';
    return new CliError(
      'ERR_OTHER_HISTORY',
      `revision ${this.#revision} of the store is not commit ${commit.id.slice(0, 12)} here`,
      { hint: `was it imported ${how} --content, from another ref, or written to since?` },
    );
  }
}

/** Compares where each key ends up, since a history file may name one twice in a commit. */
function isSameChange(
  commit: HistoryCommit,
  events: readonly WatchEvent[],
  isContent: boolean,
): boolean {
  const stored = new Map<KeyString, Uint8Array | undefined>();
  for (const { type, kv } of events) {
    stored.set(keyStringOf(kv.keyBytes), type === 'put' ? kv.value : undefined);
  }
  const expected = new Map<KeyString, string | undefined>();
  for (const { key, value } of commit.changes) expected.set(keyStringOf(key), value);
  if (stored.size !== expected.size) return false;
  for (const [key, value] of expected) {
    const bytes = stored.get(key);
    if (bytes === undefined ? value !== undefined || !stored.has(key) : value === undefined) {
      return false;
    }
    if (bytes !== undefined && value !== undefined && !isStoredAs(bytes, value, isContent)) {
      return false;
    }
  }
  return true;
}

/** Contents are not fetched to be compared: a blob's id is the hash of its bytes. */
function isStoredAs(bytes: Uint8Array, value: string, isContent: boolean): boolean {
  const blob = isContent ? blobOf(value) : undefined;
  if (blob === undefined) return bufferOf(bytes).equals(Buffer.from(value));
  const hash = createHash(blob.length === 40 ? 'sha1' : 'sha256');
  return hash.update(`blob ${bytes.length}\0`).update(bytes).digest('hex') === blob;
}
