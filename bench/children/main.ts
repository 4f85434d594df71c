/**
 * The child process: does one job, sends its result and ends at once, without tidying up; a store that
 * the job left open stays as it is on disk. With `stay` it waits to be killed.
 */
import { type JobName, jobs } from './jobs.ts';

const [name, request, stay] = process.argv.slice(2);
const job = jobs[name as JobName] as (request: unknown) => Promise<unknown>;

// Nobody is left to tell.
process.on('disconnect', () => process.exit(1));

async function main(): Promise<void> {
  const result = await job(JSON.parse(request!) as unknown);
  process.send!({ result }, () => {
    if (stay !== 'stay') process.exit(0);
    setInterval(() => {}, 60_000);
  });
}

void main();
