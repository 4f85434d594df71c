/**
 * Runs `git` on the repository that was named, whatever the environment says of another one (a hook
 * sets GIT_DIR), and turns its failures into one line each.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { CliError } from '../cli-error.ts';

const POINTS_ELSEWHERE = [
  'GIT_DIR',
  'GIT_WORK_TREE',
  'GIT_INDEX_FILE',
  'GIT_OBJECT_DIRECTORY',
  'GIT_COMMON_DIR',
  'GIT_NAMESPACE',
  'GIT_PREFIX',
];
const STDERR_CHARS_MAX = 4096;

/** One running git. Nothing is left behind once `stop` was called. */
export class GitProcess {
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly #child: ChildProcess;
  readonly #ended: Promise<void>;
  #stderr = '';

  constructor(repository: string, args: readonly string[]) {
    const child = spawn('git', ['-C', repository, ...args], {
      env: gitEnvironment(),
      stdio: ['pipe', 'pipe', 'pipe'],
      windowsHide: true,
    });
    this.#child = child;
    this.stdin = child.stdin;
    this.stdout = child.stdout;
    child.stdin.on('error', () => {}); // It ended early: `ended` says why.
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      if (this.#stderr.length < STDERR_CHARS_MAX) this.#stderr += text;
    });
    this.#ended = new Promise((resolve, reject) => {
      child.once('error', (error) => reject(startError(error)));
      child.once('close', (status, signal) => {
        if (status === 0) resolve();
        else reject(gitError(this.#stderr, status ?? signal));
      });
    });
    this.#ended.catch(() => {}); // Whoever needs to know awaits `ended`.
  }

  /** Resolves when git has ended well; else rejects with what it said. */
  ended(): Promise<void> {
    return this.#ended;
  }

  stop(): void {
    this.stdin.destroy();
    this.stdout.destroy();
    this.#child.kill();
  }
}

/** The whole output of a short command. */
export async function gitText(repository: string, args: readonly string[]): Promise<string> {
  const git = new GitProcess(repository, args);
  git.stdin.end();
  let text = '';
  for await (const chunk of git.stdout.setEncoding('utf8')) text += String(chunk);
  await git.ended();
  return text.trim();
}

function gitEnvironment(): NodeJS.ProcessEnv {
  const env = { ...process.env };
  for (const name of POINTS_ELSEWHERE) delete env[name];
  return { ...env, LC_ALL: 'C', GIT_OPTIONAL_LOCKS: '0', GIT_TERMINAL_PROMPT: '0' };
}

function startError(error: Error): CliError {
  if ('code' in error && error.code === 'ENOENT') {
    return new CliError('ERR_GIT_MISSING', 'the git command was not found', {
      hint: 'install git, or import a history.ndjson.gz file',
      cause: error,
    });
  }
  return new CliError('ERR_GIT', `git could not be started: ${error.message}`, { cause: error });
}

/** git's own last words are the best message there is: its first `fatal:` or `error:` line. */
function gitError(stderr: string, status: number | string | null): CliError {
  const lines = stderr.split('\n').filter((line) => line.trim() !== '');
  const said = lines.find((line) => /^(fatal|error): /.test(line)) ?? lines[0];
  return new CliError('ERR_GIT', said === undefined ? `git ended with ${status}` : `git: ${said}`);
}
