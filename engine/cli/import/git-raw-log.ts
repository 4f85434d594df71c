/**
 * Parses what `git log --raw -z --format=%H` prints. NUL ends every piece, so that a path may hold
 * any other byte; a line feed stands before the first change of a commit:
 *
 *     <id> NUL                                                   a commit without changes
 *     <id> NUL LF :<old mode> <mode> <old id> <id> <letter> NUL <path> NUL
 *                 :<old mode> <mode> <old id> <id> <letter> NUL <path> NUL
 *
 * The letter is A, M, D or T (type change): with --no-renames a change has one path. A path is told
 * from a commit by its place, never by its looks.
 */
import { CliError } from '../cli-error.ts';
import type { HistoryChange, HistoryCommit } from './history.ts';

const NUL = 0;
const LINE_FEED = 10;
const COLON = 58;
const COMMIT = /^[0-9a-f]{40,64}$/;
const CHANGE = /^:[0-7]{6} ([0-7]{6}) [0-9a-f]{40,64} ([0-9a-f]{40,64}) ([AMDT])$/;

export class RawLogParser {
  #rest: Uint8Array = new Uint8Array(0);
  #commit: { id: string; changes: HistoryChange[] } | undefined;
  /** A change whose path comes next. */
  #value: { readonly text: string | undefined } | undefined;

  /** Commits that are complete once this chunk is in: all but the last one begun. */
  push(chunk: Uint8Array): HistoryCommit[] {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const done: HistoryCommit[] = [];
    let start = 0;
    for (let end = bytes.indexOf(NUL); end >= 0; end = bytes.indexOf(NUL, start)) {
      const finished = this.#piece(bytes.subarray(start, end));
      if (finished !== undefined) done.push(finished);
      start = end + 1;
    }
    this.#rest = bytes.subarray(start);
    return done;
  }

  /** The last commit, after git has ended well. */
  end(): HistoryCommit[] {
    if (this.#rest.length > 0 || this.#value !== undefined) throw unreadable(this.#rest);
    return this.#commit === undefined ? [] : [this.#commit];
  }

  /** Returns the commit that this piece shows to be over. */
  #piece(piece: Uint8Array): HistoryCommit | undefined {
    if (this.#value !== undefined) {
      // The path's own copy: the chunk it lies in is 64 KiB and may live as long as the path.
      this.#commit?.changes.push({ key: Uint8Array.from(piece), value: this.#value.text });
      this.#value = undefined;
      return undefined;
    }
    const line = piece[0] === LINE_FEED ? piece.subarray(1) : piece;
    const text = Buffer.from(line).toString('latin1');
    if (line[0] === COLON && this.#commit !== undefined) {
      const match = CHANGE.exec(text);
      if (match === null) throw unreadable(line);
      const [, mode, id, letter] = match;
      this.#value = { text: letter === 'D' ? undefined : `${mode} ${id}` };
      return undefined;
    }
    if (!COMMIT.test(text)) throw unreadable(line);
    const finished = this.#commit;
    this.#commit = { id: text, changes: [] };
    return finished;
  }
}

function unreadable(piece: Uint8Array): CliError {
  const shown = JSON.stringify(Buffer.from(piece.subarray(0, 80)).toString('latin1'));
  return new CliError('ERR_BAD_HISTORY', `cannot make sense of what git log printed: ${shown}`);
}
