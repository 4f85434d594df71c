/** Where a figure was taken: without it a figure says nothing. */
import { existsSync, readFileSync, statfsSync } from 'node:fs';
import { cpus, loadavg, release, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface Environment {
  readonly date: string;
  readonly varve: string;
  readonly node: string;
  readonly cpu: string;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly kernel: string;
  readonly fileSystem: string;
  /** Processes that wanted to run in the last minute: above 0 at the start, others were at work. */
  readonly loadAverage: number;
  readonly peers: Readonly<Record<string, string>>;
}

const FILE_SYSTEMS: Readonly<Record<number, string>> = {
  0xef53: 'ext4',
  0x01021994: 'tmpfs',
  0x58465342: 'xfs',
  0x9123683e: 'btrfs',
  0x794c7630: 'overlayfs',
  0x2fc12fc1: 'zfs',
};

export function environmentOf(
  directory: string,
  date: string,
  peers: readonly { readonly name: string; readonly version: string }[],
): Environment {
  const { type } = statfsSync(directory);
  return {
    date,
    varve: versionOfVarve(),
    node: process.version,
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memoryBytes: totalmem(),
    kernel: `${process.platform} ${release()}`,
    fileSystem: FILE_SYSTEMS[type] ?? `0x${type.toString(16)}`,
    loadAverage: loadavg()[0]!,
    peers: Object.fromEntries(peers.map(({ name, version }) => [name, version])),
  };
}

/** Run from the sources or from `dist/`, the project's folder is the one that holds its package.json. */
export function projectDirectory(): string {
  let directory = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(directory, 'package-lock.json'))) {
    const parent = dirname(directory);
    if (parent === directory) throw new Error('the project folder is not above this file');
    directory = parent;
  }
  return directory;
}

export function versionOfVarve(): string {
  const text = readFileSync(join(projectDirectory(), 'package.json'), 'utf8');
  return (JSON.parse(text) as { readonly version: string }).version;
}
