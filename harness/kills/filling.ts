/**
 * A child that writes on and on though something keeps it from writing: a full disk, or a limit that the
 * operating system sets it. What it is refused makes no revision, so what it is asked is known only as it answers:
 * one client asks one thing after the other.
 */
import type { OpenOptions } from '../../engine/index.ts';
import type { Change } from '../../spec/history.ts';
import type { BeforeCrash } from '../../spec/crash.ts';
import { beforeCrash, type Fact } from '../crash/facts.ts';
import { type Moment, runUntilKilled } from './process.ts';
import type { Quota, Step } from './script.ts';

export interface FillingInit {
  readonly directory: string;
  readonly options: OpenOptions;
  readonly quota?: Quota | undefined;
  readonly moment: Moment;
  readonly command?: readonly string[];
  readonly descriptorsLeft?: number;
  readonly past: readonly Change[];
  readonly puts: number;
  readonly valueBytes: number;
}

export interface Filled {
  readonly before: BeforeCrash;
  /** How often it was refused, by code; '' for what was done. */
  readonly answers: ReadonlyMap<string, number>;
  /** What it said last, if it ended by itself. */
  readonly problems: readonly string[];
}

const KEYS = 7;

/** Puts of a few keys, so that most of what is there is of the past. */
export function fillingSteps(count: number, valueBytes: number): Extract<Step, { op: 'put' }>[] {
  return Array.from({ length: count }, (_, number) => ({
    op: 'put',
    key: `key ${number % KEYS}`,
    value: `${number} `.padEnd(valueBytes, '.'),
  }));
}

export async function fill(init: FillingInit): Promise<Filled> {
  const { directory, options, quota, descriptorsLeft, past, puts, valueBytes } = init;
  const steps = fillingSteps(puts, valueBytes);
  const script = { directory, options, clients: 1, steps, quota, descriptorsLeft };
  const { told, problems } = await runUntilKilled(script, init.moment, init.command);
  const answers = new Map<string, number>();
  const facts: Fact[] = [
    { fact: 'asked', changes: past },
    { fact: 'answered', revision: past.at(-1)?.revision ?? 1 },
  ];
  let revision = past.at(-1)?.revision ?? 1;
  let asked: Change | undefined;
  for (const line of told) {
    if (line.told === 'shown') facts.push({ fact: 'shown', revision: line.revision });
    else if (line.told === 'asked') {
      // Nothing more is written after a failure, and nobody knows whether what failed is there.
      if (answers.has('ERR_POISONED')) continue;
      const { key, value } = steps[line.step]!;
      asked = { type: 'put', revision: revision + 1, key, value, lease: 0n };
    } else if (line.told === 'answered') {
      const { code = '' } = line.answer;
      answers.set(code, (answers.get(code) ?? 0) + 1);
      if (code === 'ERR_POISONED') continue;
      if (code === '') {
        revision = line.answer.revision!;
        facts.push({ fact: 'asked', changes: [asked!] }, { fact: 'answered', revision });
      }
      asked = undefined;
    }
  }
  if (asked !== undefined) facts.push({ fact: 'asked', changes: [asked] });
  return { before: beforeCrash(facts), answers, problems };
}
