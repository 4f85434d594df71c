/**
 * A program that runs no longer than this process does: it is killed when this process exits, and, where
 * `setpriv` is there to ask the kernel for it, also when this process is killed.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { programPath } from './programs.ts';

const LOG_LINES = 40;

const running = new Set<ChildProcess>();
/** Directories to be removed if their owners get no chance to. */
const directories = new Set<string>();

process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
  for (const directory of directories) rmSync(directory, { recursive: true, force: true });
});

/** Removed when this process exits, at the latest. */
export function ownDirectory(directory: string): void {
  directories.add(directory);
}

export function removeDirectory(directory: string): void {
  rmSync(directory, { recursive: true, force: true, maxRetries: 3 });
  directories.delete(directory);
}

export class GuardedChild {
  readonly #child: ChildProcess;
  readonly #closed: Promise<unknown>;
  #log = '';

  constructor(program: string, args: readonly string[]) {
    const guard = programPath('setpriv');
    const guardArgs = ['--pdeathsig', 'KILL', '--', program, ...args];
    this.#child = spawn(guard ?? program, guard === undefined ? args : guardArgs, {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    running.add(this.#child);
    this.#closed = once(this.#child, 'close').finally(() => running.delete(this.#child));
    // Whoever waits is told; nobody has to.
    this.#closed.catch(() => undefined);
    this.#keepLog(this.#child.stdout!);
    this.#keepLog(this.#child.stderr!);
  }

  get pid(): number {
    return this.#child.pid ?? -1;
  }
  get isRunning(): boolean {
    return running.has(this.#child);
  }
  /** The last lines that it printed. */
  get log(): string {
    return this.#log.trimEnd();
  }

  /** Resolves when the process is gone. */
  async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    if (this.isRunning) this.#child.kill(signal);
    await this.#closed;
  }

  #keepLog(stream: Readable): void {
    stream.setEncoding('utf8');
    stream.on('data', (text: string) => {
      this.#log = `${this.#log}${text}`.split('\n').slice(-LOG_LINES).join('\n');
    });
  }
}
