/**
 * The command line as a process, for what only a process shows: signals, and that it stays and goes. Node 20
 * runs no TypeScript, so the engine is transpiled into a temporary directory.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { ModuleKind, ScriptTarget, transpileModule } from 'typescript';
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
  for (const name of readdirSync(join(top, 'engine'), { recursive: true, encoding: 'utf8' })) {
    if (!name.endsWith('.ts') || /\.(test|contract|testing)\.ts$/.test(name)) continue;
    const path = join(target, 'engine', name.replace(/\.ts$/, '.js'));
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, transpiled(readFileSync(join(top, 'engine', name), 'utf8')));
  }
  copyFileSync(join(top, 'package.json'), join(target, 'package.json'));
  mkdirSync(join(target, 'node_modules'));
  for (const name of readdirSync(join(top, 'node_modules'))) {
    if (missing.includes(name)) continue;
    symlinkSync(join(top, 'node_modules', name), join(target, 'node_modules', name));
  }
  return target;
}

function transpiled(source: string): string {
  const module = ModuleKind.ESNext;
  const compilerOptions = {
    module,
    target: ScriptTarget.ES2022,
    rewriteRelativeImportExtensions: true,
    verbatimModuleSyntax: true,
  };
  return transpileModule(source, { compilerOptions }).outputText;
}
