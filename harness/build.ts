/**
 * Compiled JavaScript for tests that start real processes: a child that is to be killed runs what
 * users run.
 *
 * Built once for a state of the sources, under the hash of their names, sizes and times, and shared
 * by all test files and later runs. It lies inside node_modules so that imports of packages
 * resolve, and it is renamed into place whole. Of test files that start together one builds, and the
 * others wait for it.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository's root, from the sources as from a build. */
export const repositoryRoot: string = rootAbove(fileURLToPath(import.meta.url));

/** Path of the compiled command line: `spawn(process.execPath, [compiledCli(), ...])`. */
export function compiledCli(): string {
  return join(compiled(), 'engine', 'cli', 'main.js');
}

/** Directory that holds `engine/`, `harness/`, ... compiled. Takes seconds when they changed. */
export function compiled(): string {
  // Once a process: a test must not meet two states of sources that are being edited.
  built ??= build();
  return built;
}

let built: string | undefined;

function build(): string {
  const parent = join(repositoryRoot, 'node_modules', '.cache', 'varve-test-build');
  const directory = join(parent, sourcesHash());
  if (existsSync(directory)) return directory;
  mkdirSync(parent, { recursive: true });
  removeOld(parent);
  const lock = `${directory}.lock`;
  if (!takes(lock, directory)) return directory;
  const aside = `${directory}.${process.pid}.tmp`;
  try {
    compile(aside);
    // Says that the files are ES modules, and what version they are of.
    copyFileSync(join(repositoryRoot, 'package.json'), join(aside, 'package.json'));
    putInPlace(aside, directory);
  } finally {
    rmSync(aside, { recursive: true, force: true });
    rmSync(lock, { recursive: true, force: true });
  }
  return directory;
}

/** Longer than any build takes: whoever has the lock is gone. */
const BUILD_MS_MAX = 180_000;
const POLL_MS = 50;

/** False when somebody else has built it meanwhile. */
function takes(lock: string, directory: string): boolean {
  for (;;) {
    if (existsSync(directory)) return false;
    try {
      mkdirSync(lock);
      return true;
    } catch (error) {
      if ((error as { code?: unknown }).code !== 'EEXIST') throw error;
    }
    if (ageMsOf(lock) > BUILD_MS_MAX) rmSync(lock, { recursive: true, force: true });
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, POLL_MS);
  }
}

function ageMsOf(path: string): number {
  const { mtimeMs = Date.now() } = statSync(path, { throwIfNoEntry: false }) ?? {};
  return Date.now() - mtimeMs;
}

const SOURCE_FOLDERS = ['engine', 'harness', 'spec', 'bench'];
const SETTINGS = ['package.json', 'tsconfig.json', 'tsconfig.build.json'];

/** Types are checked by `npm run typecheck`; here they would cost seconds. */
function compile(outDir: string): void {
  const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
  const config = join(repositoryRoot, 'tsconfig.build.json');
  const args = [
    '--noCheck',
    '--declaration',
    'false',
    '--isolatedDeclarations',
    'false',
    '--outDir',
    outDir,
  ];
  try {
    execFileSync(process.execPath, [tsc, '-p', config, ...args], { encoding: 'utf8' });
  } catch (error) {
    const { stdout = '' } = error as { stdout?: string };
    throw new Error(`the sources do not compile:\n${stdout}`, { cause: error });
  }
}

function putInPlace(aside: string, directory: string): void {
  try {
    renameSync(aside, directory);
  } catch (error) {
    // Another process was faster, with the same sources.
    if (!existsSync(directory)) throw error;
  }
}

function sourcesHash(): string {
  const hash = createHash('sha256');
  for (const name of [...SETTINGS, ...SOURCE_FOLDERS.flatMap((folder) => sourcesIn(folder))]) {
    const { size, mtimeMs } = statSync(join(repositoryRoot, name));
    hash.update(`${name} ${size} ${mtimeMs}\n`);
  }
  return hash.digest('hex').slice(0, 16);
}

function sourcesIn(folder: string): string[] {
  if (!existsSync(join(repositoryRoot, folder))) return [];
  return readdirSync(join(repositoryRoot, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(folder, name))
    .sort();
}

const KEPT_MS = 60 * 60 * 1000;

/** Builds of earlier states; recent ones may be in use by another run. */
function removeOld(parent: string): void {
  for (const name of readdirSync(parent)) {
    const path = join(parent, name);
    if (ageMsOf(path) > KEPT_MS) rmSync(path, { recursive: true, force: true });
  }
}

function rootAbove(path: string): string {
  const directory = dirname(path);
  if (existsSync(join(directory, 'tsconfig.build.json'))) return directory;
  if (directory === path) throw new Error('no tsconfig.build.json above the harness');
  return rootAbove(directory);
}
