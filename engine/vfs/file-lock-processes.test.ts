/**
 * The lock among real processes. Node 20 runs no TypeScript, so the lock's own modules are
 * transpiled into a temporary directory, and the children there run the very code under test.
 */
import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { ModuleKind, ScriptTarget, transpileModule } from 'typescript';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { claimPath, lockFile } from './file-lock.ts';
import { type LockOwner, ownerOfThisProcess, parseOwner } from './lock-owner.ts';

const MODULES = [
  'vfs/file-lock.ts',
  'vfs/lock-owner.ts',
  'vfs/fs-checks.ts',
  'base/assert.ts',
  'base/errors.ts',
];

/** Answers each command with 'done' or the error's code and message. */
const CHILD = `
  import { lockFile } from './vfs/file-lock.js';
  let lock;
  process.on('message', ({ command, path, startAt, title }) => {
    try {
      if (title !== undefined) process.title = title;
      while (Date.now() < (startAt ?? 0));
      if (command === 'lock') lock = lockFile(path);
      else lock.release();
      process.send('done');
    } catch (error) {
      process.send(error.code + ' ' + error.message);
    }
  });
  process.send('ready');
`;

interface Command {
  readonly command: 'lock' | 'release';
  readonly path?: string;
  /** Wall clock milliseconds at which all racers set off, spinning until then. */
  readonly startAt?: number;
  readonly title?: string;
}

let compiled: string;
beforeAll(() => {
  compiled = mkdtempSync(join(tmpdir(), 'varve-lock-code-'));
  for (const module of MODULES) {
    const target = join(compiled, module.replace(/\.ts$/, '.js'));
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, transpile(new URL(`../${module}`, import.meta.url)));
  }
  writeFileSync(join(compiled, 'package.json'), '{"type":"module"}');
  writeFileSync(join(compiled, 'child.js'), CHILD);
});
afterAll(() => rmSync(compiled, { recursive: true, force: true }));

describe('lockFile among processes', () => {
  let directory: string;
  let path: string;
  let children: ChildProcess[];
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'varve-lock-'));
    path = join(directory, 'LOCK');
    children = [];
  });
  afterEach(async () => {
    await Promise.all(children.map((child) => kill(child)));
    rmSync(directory, { recursive: true, force: true });
  });

  async function startChild(): Promise<ChildProcess> {
    const child = fork(join(compiled, 'child.js'), { execArgv: [] });
    children.push(child);
    await once(child, 'message');
    return child;
  }

  it('names the process that holds it, and gets it after release', async () => {
    const child = await startChild();
    // The name is what precedes the fields in /proc/<pid>/stat: one made to mislead.
    expect(await ask(child, { command: 'lock', path, title: 'a) Z 1 (b' })).toBe('done');
    expect(() => lockFile(path)).toThrow(
      expect.objectContaining({
        code: 'ERR_LOCKED',
        message: expect.stringContaining(`${path} is locked by process ${child.pid} on host`),
      }),
    );
    expect(await ask(child, { command: 'release' })).toBe('done');
    const lock = lockFile(path);
    expect(await ask(child, { command: 'lock', path })).toContain(`process ${process.pid} on`);
    lock.release();
  });

  it('takes over from a process that was killed', async () => {
    const child = await startChild();
    await ask(child, { command: 'lock', path });
    await kill(child);
    expect(readdirSync(directory)).toEqual(['LOCK']);
    const lock = lockFile(path);
    expect(parseOwner(readFileSync(path, 'utf8'))?.pid).toBe(process.pid);
    lock.release();
  });

  it('refuses another thread of the process that holds it', async () => {
    const lock = lockFile(path);
    const module = pathToFileURL(join(compiled, 'vfs', 'file-lock.js')).href;
    const worker = new Worker(
      `import(${JSON.stringify(module)})
        .then(({ lockFile }) => lockFile(${JSON.stringify(path)}))
        .catch((error) => error.message)
        .then((result) => require('node:worker_threads').parentPort.postMessage(result));`,
      { eval: true },
    );
    const [answer] = await once(worker, 'message');
    expect(answer).toMatch(/this very process/);
    await worker.terminate();
    lock.release();
  });

  it.skipIf(process.platform !== 'linux')('takes over from a zombie', async () => {
    // It ends when the shell is no more: a shell might ask for its end, and then there is no zombie.
    const parent = spawn('sh', ['-c', 'sleep 0.3 & echo $!; exec sleep 60']);
    children.push(parent);
    const [output] = await once(parent.stdout, 'data');
    const pid = Number(String(output));
    await until(() => readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z '));
    writeFileSync(path, record({ pid, startTime: undefined }));
    lockFile(path).release();
  });

  it('has exactly one winner when many race for a stale lock', async () => {
    const racers = await Promise.all(Array.from({ length: 8 }, startChild));
    for (let round = 0; round < 15; round++) {
      const stale = record({ pid: 99_999_999 });
      writeFileSync(path, stale);
      // In some rounds somebody also died in the middle of an earlier takeover.
      if (round % 3 === 2) writeFileSync(claimPath(path, path, stale), record({ pid: 99_999_998 }));
      const startAt = Date.now() + 20;
      const answers = await Promise.all(
        racers.map((racer) => ask(racer, { command: 'lock', path, startAt })),
      );
      const winners = racers.filter((_, index) => answers[index] === 'done');
      const losers = answers.filter((answer) => answer.startsWith(`ERR_LOCKED ${path}`));
      expect([winners.length, losers.length], answers.join('\n')).toEqual([1, 7]);
      expect(parseOwner(readFileSync(path, 'utf8'))?.pid).toBe(winners[0]?.pid);
      expect(readdirSync(directory)).toEqual(['LOCK']);
      await Promise.all(winners.map((winner) => ask(winner, { command: 'release' })));
      expect(readdirSync(directory)).toEqual([]);
    }
  });
});

function transpile(source: URL): string {
  return transpileModule(readFileSync(source, 'utf8'), {
    compilerOptions: {
      module: ModuleKind.ESNext,
      target: ScriptTarget.ES2023,
      verbatimModuleSyntax: true,
      rewriteRelativeImportExtensions: true,
    },
  }).outputText;
}

function record(changes: Partial<LockOwner>): string {
  return JSON.stringify({ ...ownerOfThisProcess(), ...changes });
}

async function ask(child: ChildProcess, command: Command): Promise<string> {
  const answer = once(child, 'message');
  child.send(command);
  return String((await answer)[0]);
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.kill('SIGKILL');
  await exit;
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}
