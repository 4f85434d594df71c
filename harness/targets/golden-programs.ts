/**
 * The golden scripts as programs: every behaviour that has a name is asked for at least once in every run,
 * however short. Their answers are the model's; that those are the ones written down is tested elsewhere.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { operationsOf } from '../../spec/script-runner.ts';
import { packageRoot } from '../runner/package-root.ts';
import type { Feature } from '../traffic/features.ts';
import { ask, type StoreCommand, type StoreProgram } from '../traffic/program.ts';

export interface GoldenProgram extends StoreProgram {
  readonly name: string;
}

/** Without those that need what the store does not have. */
export function goldenPrograms(without: readonly Feature[]): GoldenProgram[] {
  const root = join(packageRoot(), 'spec', 'scripts');
  const names = readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.script'))
    .sort();
  return names
    .map((name) => ({
      name: name.replaceAll('\\', '/'),
      scheduler: undefined,
      commands: operationsOf(readFileSync(join(root, name), 'utf8')).map(commandOf),
    }))
    .filter((program) => !needs(program).some((feature) => without.includes(feature)));
}

type Operation = ReturnType<typeof operationsOf>[number];

const commandOf = (operation: Operation): StoreCommand =>
  operation.op === 'restart' ? { do: 'restart' } : ask(() => operation);

const NEEDED: Readonly<Record<string, Feature>> = {
  write: 'writes',
  snapshot: 'snapshots',
  history: 'history',
  diff: 'history',
  restart: 'restarts',
  advance: 'clock',
  grant: 'leases',
  watch: 'watches',
  compact: 'compaction',
  hashkv: 'hashes',
};

function needs({ commands }: StoreProgram): Feature[] {
  return commands.flatMap((command) => {
    if (command.do === 'restart') return ['restarts'];
    if (command.do !== 'ask') return [];
    // Operations of a script do not look at the model.
    return command.drafts.flatMap((draft) => NEEDED[draft(undefined as never).op] ?? []);
  });
}
