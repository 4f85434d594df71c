/** Programs in the documentation import 'varve' as users do; here they get what was compiled from the sources. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { compiled, repositoryRoot } from '../build.ts';

/** The program with 'varve', 'varve/server' and the like as files that there are. */
export function withDoors(program: string): string {
  const { exports } = JSON.parse(readFileSync(join(repositoryRoot, 'package.json'), 'utf8')) as {
    readonly exports: Readonly<Record<string, { readonly default: string }>>;
  };
  return program.replaceAll(/'varve(\/\w+)?'/g, (text, door = '') => {
    const file = exports[`.${door as string}`]?.default.replace(/^\.\/dist\//, '');
    return file === undefined ? text : `'${pathToFileURL(join(compiled(), file)).href}'`;
  });
}
