/** Where the package is, with its golden scripts: from the sources as from a build. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export function packageRoot(): string {
  let directory = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(directory, 'spec', 'scripts'))) {
    const above = dirname(directory);
    if (above === directory) throw new Error('varve-harness is not inside its package');
    directory = above;
  }
  return directory;
}

export function packageVersion(): string {
  const text = readFileSync(join(packageRoot(), 'package.json'), 'utf8');
  return (JSON.parse(text) as { readonly version: string }).version;
}
