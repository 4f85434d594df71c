/**
 * The backups that a killed process has left: a file that has its name is whole, whether that was told or not;
 * it is a prefix of history, and not ahead of its store. What was told is there.
 */
import { existsSync, rmSync } from 'node:fs';
import { open, restore } from '../../engine/index.ts';
import { type BeforeCrash, crashProblems } from '../../spec/crash.ts';
import { patiently } from '../conformance/audit.ts';
import { recoveredFrom } from '../crash/seen.ts';
import type { Told } from './script.ts';
import type { Planned } from './traffic.ts';

export interface BackupsInit {
  readonly plan: readonly Planned[];
  readonly told: readonly Told[];
  readonly before: BeforeCrash;
  /** Where the store was found to be. */
  readonly revision: number;
}

export async function backupProblems(init: BackupsInit): Promise<string[]> {
  const { plan, told } = init;
  const asked = told.flatMap((line) => (line.told === 'asked' ? [plan[line.step]!.step] : []));
  const targets = asked.flatMap((step) => (step.op === 'backup' ? [step.target] : []));
  const problems: string[] = [];
  let last: string | undefined;
  for (const target of targets) {
    if (existsSync(target)) last = target;
    else if (isTold(init, target)) problems.push(`${target} was told of and is not there`);
  }
  if (last !== undefined) problems.push(...(await restoredProblems(init, last)));
  for (const target of targets) rmSync(target, { force: true });
  return problems.map((problem) => `Backup: ${problem}`);
}

function isTold({ plan, told }: BackupsInit, target: string): boolean {
  return told.some((line) => {
    if (line.told !== 'answered' || line.answer.code !== undefined) return false;
    const { step } = plan[line.step]!;
    return step.op === 'backup' && step.target === target;
  });
}

async function restoredProblems(
  { before, revision: recovered }: BackupsInit,
  target: string,
): Promise<string[]> {
  const directory = `${target}-restored`;
  const { revision } = await patiently(restore(target, directory));
  if (revision > recovered) return [`it is of ${revision}, and the store is at ${recovered}`];
  const store = await patiently(open(directory));
  try {
    // Compactions and leases are those of its moment, and that is not known so exactly.
    const { leases: _, ...rest } = before;
    const compaction = { requested: before.compaction.requested, acknowledged: -1 };
    const known = { ...rest, acknowledged: revision, revealed: revision, compaction };
    return crashProblems(known, await recoveredFrom(store));
  } finally {
    await store.close();
    rmSync(directory, { recursive: true, force: true });
  }
}
