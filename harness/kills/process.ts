/** A child process that does as its script says until it is killed, and everything that it told by then. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { encoded, type Phase, type Script, type Told } from './script.ts';

/** When to kill it. A child that has come to its end is killed in any case. */
export type Moment =
  | {
      /**
       * Something that it begins; that it asks for something; or that it is refused something, since the disk
       * is full or whatever else keeps it from writing.
       */
      readonly phase: Phase | 'asked' | 'refused';
      /** Which time that is, from 1. */
      readonly nth: number;
      /** So long after that. */
      readonly ms: number;
    }
  /** It does that itself: see `Script.suicide`. */
  | 'suicide';

export interface Killed {
  readonly told: readonly Told[];
  /** Empty: it was killed as it should be. */
  readonly problems: readonly string[];
}

const PATIENCE_MS = 15_000;

/** `command`: what runs the program; a shell may set limits first. */
export async function runUntilKilled(
  script: Script,
  moment: Moment,
  command: readonly string[] = [process.execPath],
): Promise<Killed> {
  const program = await childProgram();
  const folder = mkdtempSync(join(tmpdir(), 'varve-script-'));
  const path = join(folder, 'script.json');
  writeFileSync(path, encoded(script));
  const [file, ...first] = command;
  const child = spawn(file!, [...first, program, path], {
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
  });
  let isSilent = false;
  const timer = setTimeout(() => {
    isSilent = true;
    child.kill('SIGKILL');
  }, PATIENCE_MS);
  const exit = once(child, 'close');
  const errors = textOf(child.stderr!);
  const killer = new Killer(child, moment);
  const told = await listen(child.stdio[3] as Readable, (line) => killer.hear(line));
  const [code, signal] = (await exit) as [number | null, string | null];
  clearTimeout(timer);
  rmSync(folder, { recursive: true, force: true });
  if (isSilent) return { told, problems: [`the child was not done in ${PATIENCE_MS} ms`] };
  if (signal === 'SIGKILL') return { told, problems: [] };
  return { told, problems: [`the child ended by itself (${signal ?? code}): ${await errors}`] };
}

class Killer {
  readonly #child: ChildProcess;
  readonly #moment: Moment;
  #times = 0;

  constructor(child: ChildProcess, moment: Moment) {
    this.#child = child;
    this.#moment = moment;
  }

  hear(told: Told): void {
    if (told.told === 'over') this.#kill(0);
    const moment = this.#moment;
    if (moment === 'suicide' || !isOf(moment.phase, told)) return;
    if (++this.#times === moment.nth) this.#kill(moment.ms);
  }

  #kill(ms: number): void {
    if (ms > 0) setTimeout(() => this.#child.kill('SIGKILL'), ms);
    else this.#child.kill('SIGKILL');
  }
}

function isOf(phase: Exclude<Moment, string>['phase'], told: Told): boolean {
  if (phase === 'asked') return told.told === 'asked';
  if (phase === 'refused') return told.told === 'answered' && told.answer.code !== undefined;
  return told.told === 'begins' && told.phase === phase;
}

async function listen(pipe: Readable, hear: (told: Told) => void): Promise<Told[]> {
  const all: Told[] = [];
  let rest = '';
  pipe.setEncoding('utf8');
  for await (const chunk of pipe) {
    const lines = (rest + String(chunk)).split('\n');
    rest = lines.pop()!;
    for (const line of lines) {
      const told = JSON.parse(line) as Told;
      all.push(told);
      hear(told);
    }
  }
  return all;
}

async function textOf(stream: Readable): Promise<string> {
  let text = '';
  for await (const chunk of stream) text += String(chunk);
  return text;
}

/** Node does not read TypeScript everywhere: from the sources, those are compiled first. */
export async function childProgram(): Promise<string> {
  const own = fileURLToPath(import.meta.url);
  if (own.endsWith('.js')) return fileURLToPath(new URL('./child.js', import.meta.url));
  const { compiled } = await import('../build.ts');
  return join(compiled(), 'harness', 'kills', 'child.js');
}

/** What it was in the middle of. */
export function phasesAtTheEnd(told: readonly Told[]): Phase[] {
  const open = new Map<Phase, number>();
  for (const line of told) {
    if (line.told !== 'begins' && line.told !== 'ends') continue;
    const { phase } = line;
    open.set(phase, (open.get(phase) ?? 0) + (line.told === 'begins' ? 1 : -1));
  }
  return [...open].filter(([, times]) => times > 0).map(([phase]) => phase);
}
