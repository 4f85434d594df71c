/**
 * Finds the peers' packages. They are installed apart, in `bench/node_modules`, and this code runs from
 * `dist/`: so they are looked up from the project's folder, not from here. Their types are not installed
 * with the project; each peer describes the small part it uses.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { projectDirectory } from '../environment.ts';

const benchDirectory = join(projectDirectory(), 'bench');
const require = createRequire(join(benchDirectory, 'package.json'));

/** Throws if it is not installed. */
export function loadPeer<T>(name: string): { readonly module: T; readonly version: string } {
  const module = require(name) as T;
  // Read as a file: not every package exports it.
  const about = readFileSync(join(benchDirectory, 'node_modules', name, 'package.json'), 'utf8');
  return { module, version: (JSON.parse(about) as { readonly version: string }).version };
}
