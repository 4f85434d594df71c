/** Runs `etcdctl` as a person would, and gives what it printed. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';

export interface EtcdctlRun {
  readonly args: readonly string[];
  readonly stdin?: string;
  /** It runs for ever: it is ended when it has printed so many lines. */
  readonly lines?: number;
}

const PATIENCE_MS = 20_000;
/** What was not asked for may still come after the last line. */
const AFTERMATH_MS = 150;

/** All lines, of both outputs: first what went to stdout, then what went to stderr, then how it ended. */
export async function etcdctl(endpoint: string, run: EtcdctlRun): Promise<readonly string[]> {
  const { args, stdin = '', lines } = run;
  const child = spawn('etcdctl', [`--endpoints=${endpoint}`, ...args], {
    env: { PATH: process.env['PATH'], ETCDCTL_API: '3' },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const kill = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS);
  let out = '';
  let errors = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  // It may have ended without reading it.
  child.stdin.on('error', () => undefined);
  child.stdin.write(stdin);
  // What is typed in ends, unless whoever types is waiting to see what comes.
  if (lines === undefined) child.stdin.end();
  const closed = once(child, 'close');
  if (lines !== undefined) await endAfter(child, lines, () => linesOf(out).length);
  const [code, signal] = (await closed) as [number | null, string | null];
  clearTimeout(kill);
  // Whoever is ended by us ends as the moment has it.
  const end = lines === undefined ? [`exit ${code ?? signal}`] : [];
  return [...linesOf(out), ...linesOf(errors), ...end];
}

async function endAfter(child: ChildProcess, lines: number, count: () => number): Promise<void> {
  while (child.exitCode === null && child.signalCode === null && count() < lines) await sleep(10);
  await sleep(AFTERMATH_MS);
  child.kill('SIGTERM');
}

function linesOf(text: string): readonly string[] {
  return text.split('\n').slice(0, text.endsWith('\n') ? -1 : undefined);
}
