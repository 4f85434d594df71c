/**
 * The main job on the nearest real input: the history of the clone it runs in becomes a store, and the
 * commands that look into it are shown as a user would type them. `npm run demo`.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const DIRECTORY = '.varve-demo/history';
/** Compiled to dist/harness/readme. */
const CLI: string = fileURLToPath(new URL('../../engine/cli/main.js', import.meta.url));

function varve(...args: string[]): void {
  process.stdout.write(`\n$ varve ${args.join(' ')}\n`);
  const { status } = spawnSync(process.execPath, [CLI, ...args], { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}

function main(): void {
  if (!existsSync(join(process.cwd(), '.git'))) {
    process.stdout.write('This is not a git clone, so there is no history to import. Try\n');
    process.stdout.write('  npx varve import-git <some repository> <directory>\n');
    return;
  }
  rmSync(DIRECTORY, { recursive: true, force: true });
  varve('import-git', '.', DIRECTORY);
  varve('log', DIRECTORY, '--limit', '2');
  varve('status', DIRECTORY);
  const commits = execFileSync('git', ['rev-list', '--count', '--first-parent', 'HEAD']);
  const middle = String(1 + Math.max(1, Math.floor(Number(commits) / 2)));
  varve('get', DIRECTORY, 'package.json', '--revision', middle);
  varve('range', DIRECTORY, '--revision', middle, '--limit', '5');
}

main();
