/**
 * A history to import: commits, oldest first, each a set of changed paths. Where it comes from (a
 * git repository, an NDJSON file) is the source's business; what becomes of it,
 * `import-history.ts`'s.
 */
export interface HistoryChange {
  /** A path's bytes; git allows any but NUL, UTF-8 or not. */
  readonly key: Uint8Array;
  /** `<mode> <blob id>`, as in `100644 bc0d721d...`; undefined: the path is gone. */
  readonly value: string | undefined;
}

export interface HistoryCommit {
  readonly id: string;
  /** Empty for a commit that changed nothing. */
  readonly changes: readonly HistoryChange[];
}

export interface HistorySource {
  /** For messages: what the user named. */
  readonly name: string;
  /** Can be read once. Ending the iteration early releases what it holds. */
  readonly commits: AsyncIterable<HistoryCommit>;
  /** How much of it has been read, 0 to 1, given the commits that came out so far. */
  fractionRead(commitCount: number): number;
}

/** Turns `<mode> <blob id>` into what is stored; used for `--content`. */
export interface ContentReader extends AsyncDisposable {
  read(value: string): Promise<Uint8Array>;
}

export const SUBMODULE_MODE = '160000';

/**
 * The blob a value names; undefined for a submodule, whose id is a commit of another repository.
 */
export function blobOf(value: string): string | undefined {
  const space = value.indexOf(' ');
  return value.slice(0, space) === SUBMODULE_MODE ? undefined : value.slice(space + 1);
}
