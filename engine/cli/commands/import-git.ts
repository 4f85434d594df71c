/** `varve import-git`: a repository's history becomes a store's, one commit a revision. */
import { stat } from 'node:fs/promises';
import { open } from '../../open.ts';
import type { OpenOptions } from '../../types.ts';
import { CliError, EXIT, type ExitCode, usageError } from '../cli-error.ts';
import { argument, type Call, type CommandSpec, DIRECTORY, JSON_OPTION } from '../command.ts';
import { GitBlobs } from '../import/git-blobs.ts';
import { gitHistory } from '../import/git-history.ts';
import type { HistorySource } from '../import/history.ts';
import { type ImportSummary, importHistory } from '../import/import-history.ts';
import { ndjsonHistory } from '../import/ndjson-history.ts';
import { plural } from '../output.ts';
import { startProgress } from '../progress.ts';

const SYNC_MODES = ['commit', 'interval', 'never'] as const;

export const importGitCommand: CommandSpec = {
  name: 'import-git',
  summary: 'make a store of the history of a git repository, one commit a revision',
  arguments: [
    { flags: '<source>', text: 'a git repository, or a history.ndjson or history.ndjson.gz file' },
    DIRECTORY,
  ],
  options: [
    { flags: '--ref <ref>', text: 'branch, tag or commit whose history it is (default: HEAD)' },
    { flags: '--content', text: "store the files' bytes instead of mode and blob id" },
    { flags: '--sync <mode>', text: 'when to sync (default: commit)', choices: SYNC_MODES },
    JSON_OPTION,
  ],
  help: `Keys are paths, values "<mode> <blob id>". History is first-parent: a merge is
one commit, with what it changed against its first parent; a commit that changes
nothing makes no revision.

Run it again to take in new commits, or to go on after an interruption: even a
kill leaves whole commits. A store that does not hold the beginning of this very
history is refused.

With --json: {"commits":n,"skipped":n,"applied":n,"changes":n,"empty":n,
"revision":n,"seconds":n}, in one line.

Examples:
  varve import-git . store
  varve import-git ../linux store --ref v6.1 --content
  varve log store README.md`,
  run: importGit,
};

async function importGit(call: Call): Promise<ExitCode> {
  const { io, options } = call;
  const signal = io.interrupts();
  const isContent = options.flag('content');
  const path = argument(call, 0);
  const source = await sourceOf(path, options.text('ref'), isContent);
  const sync = SYNC_MODES.find((mode) => mode === options.text('sync')) ?? 'commit';
  const startedAtMs = performance.now();
  let summary: ImportSummary;
  {
    await using store = await open(argument(call, 1), openOptions(sync, isContent));
    await using contents = isContent ? new GitBlobs(path) : undefined;
    const progress = await startProgress(io, 'importing');
    try {
      summary = await importHistory(store, source, {
        signal,
        ...(contents === undefined ? {} : { contents }),
        onCommit: ({ commits, applied }) => progress.update(source.fractionRead(commits), applied),
      });
    } finally {
      progress.stop();
    }
  }
  // The store is closed: what is printed now is on disk in every sync mode.
  await print(call, summary, (performance.now() - startedAtMs) / 1000);
  if (!summary.isInterrupted) return EXIT.ok;
  throw new CliError('ERR_INTERRUPTED', `interrupted at revision ${summary.revision}`, {
    exit: EXIT.interrupted,
    hint: 'run the same command again to go on',
  });
}

/**
 * A file in a repository may be far larger than what one put usually takes: as much as a store
 * allows.
 */
const FILE_BYTES_MAX = 512 * 1024 * 1024;

function openOptions(sync: (typeof SYNC_MODES)[number], isContent: boolean): OpenOptions {
  return isContent ? { sync, maxRequestBytes: FILE_BYTES_MAX } : { sync };
}

async function sourceOf(
  path: string,
  ref: string | undefined,
  isContent: boolean,
): Promise<HistorySource> {
  const found = await stat(path).catch((error: unknown) => {
    throw sourceError(path, error);
  });
  if (found.isDirectory()) return await gitHistory(path, ref);
  if (ref !== undefined) throw usageError(`--ref is for repositories, ${path} is a file`);
  if (isContent) throw usageError(`--content is for repositories, ${path} is a file`);
  return await ndjsonHistory(path);
}

function sourceError(path: string, error: unknown): CliError {
  const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
  const looksRemote = /^[a-z+]+:\/\/|^[^/]+@[^/]+:/.test(path);
  const message = isMissing ? `no such file or directory: ${path}` : `${path}: ${String(error)}`;
  const hint = looksRemote ? 'clone it first: git clone --bare <url>' : undefined;
  return new CliError('ERR_SOURCE', message, {
    cause: error,
    ...(hint === undefined ? {} : { hint }),
  });
}

async function print(call: Call, summary: ImportSummary, seconds: number): Promise<void> {
  const { out } = call;
  const { applied, skipped, changes, empty, revision } = summary;
  if (call.options.flag('json')) {
    const { commits } = summary;
    const rounded = Number(seconds.toFixed(3));
    await out.json({ commits, skipped, applied, changes, empty, revision, seconds: rounded });
    return;
  }
  const commits = plural(applied, 'commit');
  const there = skipped > 0 ? [`${skipped} were there`] : [];
  const without = empty > 0 ? [`${empty} without changes`] : [];
  const notes = [...there, ...without].join(', ');
  const rate = Math.round(applied / Math.max(seconds, 0.001));
  const time = `${seconds.toFixed(1)} s, ${rate} commits/s`;
  if (applied === 0 && !summary.isInterrupted) {
    await out.line(`nothing new: revision ${revision} is where the history ends`);
    return;
  }
  await out.line(
    `imported ${commits}${notes === '' ? '' : ` (${notes})`}, ` +
      `${plural(changes, 'change')}: revision ${revision}, ${time}`,
  );
}
