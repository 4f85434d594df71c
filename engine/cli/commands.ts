/**
 * The commands, in the order in which help lists them. Each is loaded when it is asked for: what it needs of
 * the engine takes longer to load than most commands take to run.
 */
import type { CommandSpec, GroupSpec } from './command.ts';

export type Row = CommandSpec | GroupSpec;

/** Prints what the others take. */
const WITH_ALL = 'completion';

const COMMANDS = new Map<string, () => Promise<Row>>([
  ['import-git', async () => (await import('./commands/import-git.ts')).importGitCommand],
  ['get', async () => (await import('./commands/get.ts')).getCommand],
  ['put', async () => (await import('./commands/put.ts')).putCommand],
  ['del', async () => (await import('./commands/del.ts')).delCommand],
  ['range', async () => (await import('./commands/range.ts')).rangeCommand],
  ['txn', async () => (await import('./commands/txn.ts')).txnCommand],
  ['watch', async () => (await import('./commands/watch.ts')).watchCommand],
  ['lease', async () => (await import('./commands/lease.ts')).leaseCommands],
  ['log', async () => (await import('./commands/log.ts')).logCommand],
  ['history', async () => (await import('./commands/history.ts')).historyCommand],
  ['diff', async () => (await import('./commands/diff.ts')).diffCommand],
  ['status', async () => (await import('./commands/status.ts')).statusCommand],
  ['compact', async () => (await import('./commands/compact.ts')).compactCommand],
  ['defrag', async () => (await import('./commands/defrag.ts')).defragCommand],
  ['hash', async () => (await import('./commands/hash.ts')).hashCommand],
  ['backup', async () => (await import('./commands/backup.ts')).backupCommand],
  ['restore', async () => (await import('./commands/backup.ts')).restoreCommand],
  [
    'export-snapshot',
    async () => (await import('./commands/export-snapshot.ts')).exportSnapshotCommand,
  ],
  [
    'import-snapshot',
    async () => (await import('./commands/import-snapshot.ts')).importSnapshotCommand,
  ],
  ['verify', async () => (await import('./commands/verify.ts')).verifyCommand],
  ['doctor', async () => (await import('./commands/doctor.ts')).doctorCommand],
  ['repair', async () => (await import('./commands/repair.ts')).repairCommand],
  ['inspect', async () => (await import('./commands/inspect.ts')).inspectCommand],
  ['serve', async () => (await import('./commands/serve.ts')).serveCommand],
  [WITH_ALL, async () => (await import('./commands/completion.ts')).completionCommand],
]);

/** The one of that name; where there is none, all of them, for help, and for hints at what was meant. */
export async function commandsFor(name: string | undefined): Promise<readonly Row[]> {
  const load = name === undefined || name === WITH_ALL ? undefined : COMMANDS.get(name);
  return load === undefined ? await allCommands() : [await load()];
}

export function allCommands(): Promise<Row[]> {
  return Promise.all(Array.from(COMMANDS.values(), (load) => load()));
}
