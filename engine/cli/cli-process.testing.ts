/**
 * The command line as a process, for what only a process shows: signals, and that it stays and goes. Node 20
 * runs no TypeScript, so the engine is transpiled into a temporary directory.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { type CompilerOptions, createProgram, ModuleKind, ScriptTarget } from 'typescript';
import { afterAll, afterEach, beforeAll, expect, vi } from 'vitest';

const top = fileURLToPath(new URL('../..', import.meta.url));

export class CliProcess {
  out = '';
  err = '';
  /** Exit code, or the signal that killed it. */
  readonly ended: Promise<number | string | null>;
  readonly #child: ChildProcess;

  constructor(child: ChildProcess) {
    this.#child = child;
    child.stdout!.setEncoding('utf8').on('data', (text: string) => (this.out += text));
    child.stderr!.setEncoding('utf8').on('data', (text: string) => (this.err += text));
    this.ended = new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code, signal) => resolve(code ?? signal));
    });
  }

  /** Resolves when this stands at the end of what it has printed. */
  async printed(text: string): Promise<void> {
    await vi.waitFor(() => expect(this.out.slice(-text.length)).toBe(text), { timeout: 10_000 });
  }

  type(text: string): void {
    this.#child.stdin!.write(text);
  }

  endInput(): void {
    this.#child.stdin!.end();
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }
}

/**
 * Starts `varve` with arguments; whatever still runs after a test is killed. `missing` are packages, or scopes
 * of them, that are not installed.
 */
export function cliProcesses(
  missing: readonly string[] = [],
): (argv: readonly string[]) => CliProcess {
  const running: CliProcess[] = [];
  let code = '';
  beforeAll(() => {
    code = transpiledEngine(missing);
  });
  afterAll(() => rmSync(code, { recursive: true, force: true }));
  afterEach(async () => {
    for (const each of running.splice(0)) {
      each.kill('SIGKILL');
      await each.ended;
    }
  });
  return (argv) => {
    const main = join(code, 'engine', 'cli', 'main.js');
    const started = new CliProcess(spawn(process.execPath, [main, ...argv]));
    running.push(started);
    return started;
  };
}

function transpiledEngine(missing: readonly string[]): string {
  const target = mkdtempSync(join(tmpdir(), 'varve-cli-code-'));
  const names = readdirSync(join(top, 'engine'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !/\.(test|contract|testing)\.ts$/.test(name))
    .map((name) => join(top, 'engine', name));
  createProgram(names, { ...TRANSPILING, rootDir: top, outDir: target }).emit();
  copyFileSync(join(top, 'package.json'), join(target, 'package.json'));
  mkdirSync(join(target, 'node_modules'));
  for (const name of readdirSync(join(top, 'node_modules'))) {
    if (missing.includes(name)) continue;
    symlinkSync(join(top, 'node_modules', name), join(target, 'node_modules', name));
  }
  return target;
}

/** Each file by itself: nothing else is read, and nothing checked. */
const TRANSPILING: CompilerOptions = {
  module: ModuleKind.ESNext,
  target: ScriptTarget.ES2022,
  rewriteRelativeImportExtensions: true,
  verbatimModuleSyntax: true,
  noResolve: true,
  noLib: true,
  noCheck: true,
};
