/** Runs a job of `jobs.ts` in a child process; or in this one, where there is nothing compiled to run. */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { type JobName, type Jobs, jobs } from './jobs.ts';

type Request<N extends JobName> = Parameters<Jobs[N]>[0];
type Result<N extends JobName> = Awaited<ReturnType<Jobs[N]>>;

/** Long enough for a slow disk, short enough to notice a hang. */
const TIMEOUT_MS = 300_000;

export interface JobOptions {
  readonly inProcess: boolean;
  /** The child is killed with SIGKILL once it has done its job, its store still open. */
  readonly kill?: boolean;
  /** For a job that takes longer than others. */
  readonly timeoutMs?: number;
}

export function runJob<N extends JobName>(
  name: N,
  request: Request<N>,
  { inProcess, kill = false, timeoutMs = TIMEOUT_MS }: JobOptions,
): Promise<Result<N>> {
  if (inProcess) {
    const job = jobs[name] as unknown as (request: Request<N>) => Promise<Result<N>>;
    return job(request);
  }
  const script = fileURLToPath(import.meta.url).replace(/run-job(\.[jt]s)$/, 'main$1');
  const args = [name, JSON.stringify(request), kill ? 'stay' : 'end'];
  const child = fork(script, args, { execArgv: ['--expose-gc'], timeout: timeoutMs });
  return new Promise((resolve, reject) => {
    let done: { readonly result: Result<N> } | undefined;
    child.on('message', (message: { readonly result: Result<N> }) => {
      done = message;
      if (kill) child.kill('SIGKILL');
    });
    child.on('error', reject);
    child.on('exit', (code, signal) => {
      if (done !== undefined) resolve(done.result);
      else reject(new Error(`the child doing ${name} ended with ${code ?? signal}`));
    });
  });
}
